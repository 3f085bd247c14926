"""Makes one call of a tool for a model: whatever happens, there is something to tell the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio

from toolpost import Context, Host, InvalidArguments, Tool, ToolError, UnknownTool
from toolpost_gateway.loop.answer import parsed
from toolpost_gateway.loop.approving import Approvals, Asked
from toolpost_gateway.loop.costs import unknown_cost
from toolpost_gateway.loop.offering import label_of
from toolpost_gateway.loop.results import Came, came, failed
from toolpost_gateway.loop.voice import Gone, Voice
from toolpost_gateway.talk import Advanced, Began, Ended
from toolpost_openai.turns import Invocation


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

    async def make(self, due: Due) -> Came | Pending:
        """Make a call, and tell the caller of it; only a real end of the request passes through."""
        call_id, tool, began = due.invocation.id, due.tool, anyio.current_time()
        label, arguments = label_of(tool), due.invocation.arguments
        await self._voice(Began(call_id, tool.name, label, arguments, tool.title or ""))
        found = await self._made(due)
        if isinstance(found, Pending):
            return found
        seconds = anyio.current_time() - began
        await self._voice(Ended(call_id, tool.name, found.text, found.is_error, seconds, found.pictures, found.blocks))
        return found

    async def _made(self, due: Due) -> Came | Pending:
        asked = self._approvals.asking(due.tool, due.arguments, self._context, agreed=due.agreed)
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
