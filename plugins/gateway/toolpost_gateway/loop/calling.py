"""Makes one call of a tool for a model: whatever happens, there is something to tell the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import anyio

from toolpost import Context, Host, InvalidArguments, Tool, ToolError, Unavailable, UnknownTool, did_you_mean
from toolpost_gateway.loop.answer import parsed
from toolpost_gateway.loop.approving import Approvals, Asked
from toolpost_gateway.loop.costs import unknown_cost
from toolpost_gateway.loop.labels import label_of
from toolpost_gateway.loop.results import Came, came, failed, noted
from toolpost_gateway.loop.voice import Gone, Voice
from toolpost_gateway.talk import Advanced, Began, Ended
from toolpost_openai.turns import Invocation

NO_FORM = (
    "{tool} asked for a form to be filled in by a person, which cannot be done here: its question was cancelled, and "
    "nobody has declined it"
)
WAITS = "{tool} wants a person's yes first, who has been asked; it is called anew when they have said it"


@dataclass(frozen=True)
class Due:
    """A call that is to be made; `agreed` says that somebody has said yes to it."""

    invocation: Invocation
    tool: Tool
    arguments: Mapping[str, Any]
    agreed: bool = False


@dataclass(frozen=True)
class Pending:
    """A call that a layer would have confirmed first, by a person whose answer comes later."""

    due: Due
    why: str


class Caller:
    """Makes calls for one request, in the name of its caller."""

    def __init__(self, host: Host, context: Context, voice: Voice, approvals: Approvals) -> None:
        self._host, self._context, self._voice, self._approvals = host, context, voice, approvals
        self._asked: dict[str, str] = {}

    def goes_on(self, asked: Mapping[str, str]) -> None:
        """Calls may come for which somebody was asked earlier: under which id, by theirs."""
        self._asked |= asked

    def unknown(self, name: str, names: Sequence[str]) -> ToolError:
        """The error for a function that is none; one of a server that is down may come again."""
        error = self._host.unknown(name, self._context.principal)
        if isinstance(error, Unavailable):
            return error
        return InvalidArguments(f"there is no function {name[:64]!r}; {did_you_mean(name[:64], names)}")

    async def make(self, due: Due) -> Came | Pending:
        """Make a call, and tell the caller of it; only a real end of the request passes through."""
        call_id, tool, began = due.invocation.id, due.tool, anyio.current_time()
        label, arguments = label_of(tool), due.invocation.arguments
        may_wait = self._approvals.can_ask and not due.agreed and _may_ask(self._host, tool)
        asked = self._asked.get(call_id, "")
        await self._voice(Began(call_id, tool.name, label, arguments, tool.title or "", may_wait, asked))
        found = await self._made(due)
        seconds = anyio.current_time() - began
        if isinstance(found, Pending):
            said = WAITS.format(tool=tool.name)
            await self._voice(Ended(call_id, tool.name, said, True, seconds, waits=True))
            return found
        await self._voice(Ended(call_id, tool.name, found.text, found.is_error, seconds, found.pictures, found.blocks))
        return found

    async def _made(self, due: Due) -> Came | Pending:
        asked = self._approvals.asking(due.tool, due.arguments, self._context, agreed=due.agreed)
        found = await self._answered(due, asked)
        if asked.unasked and isinstance(found, Came):
            return noted(found, NO_FORM.format(tool=due.tool.name))
        return found

    async def _answered(self, due: Due, asked: Asked) -> Came | Pending:
        try:
            result = await self._host.call(due.tool.name, due.arguments, self._surroundings(due, asked))
        except Gone:
            raise
        except (ToolError, UnknownTool) as error:
            if asked.later:
                return Pending(due, asked.later)
            return failed(f"{due.tool.name} failed: {error}")
        found = came(result)
        return replace(found, dollars=unknown_cost(self._host) or 0.0) if found.dollars is None else found

    def _surroundings(self, due: Due, asked: Asked) -> Context:
        """A context for one call: of the same caller, and of nothing else that it does."""
        context = self._context

        async def report(done: float, total: float | None, message: str | None) -> None:
            await self._voice(Advanced(due.invocation.id, done, total, message or ""))

        return Context(
            principal=context.principal,
            client=replace(context.client, call_seconds=None, result_bytes=None),
            surface=context.surface,
            scopes=context.scopes,
            report=report,
            question=asked.question,
        )


def _may_ask(host: Host, tool: Tool) -> bool:
    """Whether a layer around a tool may ask a person before the tool is called."""
    layers = (layer for _, layer in host.layers if getattr(layer, "asks", False))
    return any(getattr(layer, "applies_to", _every)(tool) is not False for layer in layers)


def _every(tool: Tool) -> bool:
    return True


def arguments_of(invocation: Invocation) -> dict[str, Any]:
    """The arguments that a model wrote.

    Raises:
        InvalidArguments: they are no JSON object, which the model can mend.
    """
    if not invocation.arguments.strip():
        return {}
    found = parsed(invocation.arguments)
    if not isinstance(found, dict):
        raise InvalidArguments(
            f"{invocation.name} was not called: its arguments are no JSON object. Write them again, as one object."
        )
    return found
