"""Which calls need somebody's yes, and how it is got."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio

from toolpost import Context, MissingCapability, Tool
from toolpost_gateway.loop.decision import Answer
from toolpost_gateway.loop.hosts import named_by, said_by_model, strange
from toolpost_gateway.loop.patterns import fits
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Approval, Approver

NO_FORM = "this needs a form to be filled in by a person, and here they can only be asked for a yes or no"
NOT_YET = "a person has been asked, who has not answered yet"
Recalls = Callable[[Sequence[Mapping[str, Any]]], Awaitable[bool]]
Ask = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]


async def _nothing(messages: Sequence[Mapping[str, Any]]) -> bool:
    return False


class Approvals:
    """Decides about the calls of one request.

    `of` is what the request says of single tools, `named` the hosts that the
    caller's own words name. `outside` says that something has entered the
    conversation that its caller did not write: the result of a tool. Who keeps
    the conversation may not know of it, so `recalls` tells of an answer
    whether tools had a part in it. Addresses of these `schemes` are the host's own.
    """

    def __init__(
        self,
        terms: Terms,
        of: Mapping[str, Approval],
        approver: Approver | None,
        messages: Sequence[Mapping[str, Any]],
        voice: Voice,
        recalls: Recalls = _nothing,
        schemes: Container[str] = (),
    ) -> None:
        self._schemes = schemes
        self._recalls: Recalls | None = recalls
        self._echoed: set[str] = set()
        self._terms, self._of, self._approver, self._voice = terms, of, approver, voice
        self._messages = messages
        self._named: set[str] | None = None
        # A person can answer one question at a time.
        self._turn = anyio.Lock()
        self.outside = any(message.get("role") == "tool" for message in messages)

    async def why(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """Why a call needs a yes; empty where it needs none."""
        if (strangers := self._strangers(tool, arguments)) and await self._is_tainted(strangers):
            hosts = ", ".join(host[:100] for host in strangers[:3])
            return f"it would reach {hosts}, which the person has not named"
        match self._of.get(tool.name, self._terms.approval):
            case "always":
                return "" if self._is_allowed(tool) else "every call of this tool needs one"
            case "destructive":
                return "" if _is_harmless(tool) or self._is_allowed(tool) else "it may change or destroy something"
        return ""

    async def ask(self, tool: Tool, arguments: Mapping[str, Any], why: str) -> Answer:
        """Ask whoever can answer."""
        if self._approver is None:
            return Answer.NOBODY
        async with self._turn:
            given = await self._voice.answered(self._approver(tool, arguments, why))
        return Answer.LATER if given is None else Answer.YES if given else Answer.NO

    async def fill(self, question: Ask, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """Have a form filled in by whoever can."""
        async with self._turn:
            return await question(message, schema)

    def asking(self, tool: Tool, arguments: Mapping[str, Any], context: Context, *, agreed: bool) -> Asked:
        """What answers the questions of a call; `agreed` says that somebody has said yes to this very call."""
        return Asked(self, tool, arguments, context, agreed)

    @property
    def can_ask(self) -> bool:
        """Whether somebody can be asked."""
        return self._approver is not None

    async def _is_tainted(self, strangers: Sequence[str]) -> bool:
        """Whether something from outside may have brought these hosts up."""
        if not self.outside and self._recalls is not None:
            self._echoed = said_by_model(self._messages)
            recalls, self._recalls = self._recalls, None
            self.outside = await recalls(self._messages)
        return self.outside or not self._echoed.isdisjoint(strangers)

    def _strangers(self, tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
        if tool.open_world is False:
            return []
        if self._named is None:
            self._named = named_by(self._messages)
        return strange(arguments, self._named, self._terms.hosts, self._schemes)

    def _is_allowed(self, tool: Tool) -> bool:
        return fits(tool.name, self._terms.allowed)


@dataclass
class Asked:
    """Answers the questions that a call itself has, or a layer: a yes or no, and forms where the caller has them.

    `unasked` says that a form could not be asked. `later` is the question to which the answer comes
    with another request; the call is refused then.
    """

    approvals: Approvals
    tool: Tool
    arguments: Mapping[str, Any]
    context: Context
    agreed: bool
    later: str = ""
    unasked: bool = False

    @property
    def question(self) -> Any:
        """What the context of the call is to ask with."""
        return self._answered if self.agreed or self.approvals.can_ask else self.context.question

    async def _answered(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        fields = schema.get("properties", {})
        if len(fields) != 1 or [field.get("type") for field in fields.values()] != ["boolean"]:
            return await self._filled(message, schema)
        answer = Answer.YES if self.agreed else await self.approvals.ask(self.tool, self.arguments, message)
        if answer is Answer.LATER:
            self.later = message
            raise MissingCapability(["elicitation"]).with_text(NOT_YET)
        return {next(iter(fields)): answer is Answer.YES}

    async def _filled(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        if self.context.question is None:
            self.unasked = True
            raise MissingCapability(["elicitation"]).with_text(NO_FORM)
        return await self.approvals.fill(self.context.question, message, schema)


def _is_harmless(tool: Tool) -> bool:
    return tool.read_only is True or tool.destructive is False
