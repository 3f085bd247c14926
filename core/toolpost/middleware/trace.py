"""The `trace` layer: each answer says which layers it passed, what they decided and how long they took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context

KEY = "toolpost/trace"


@dataclass
class Trace:
    """Writes `toolpost/trace` into the `_meta` of every result, errors included."""

    @hookimpl
    def middleware(self) -> Middleware:
        return self.trace

    async def trace(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Time the layers within this one."""
        call.context.timings = []
        try:
            result = await call_next(call)
        except ToolError as error:
            error.meta = {**error.meta, KEY: account(call.context)}
            raise
        meta = {**result.meta, KEY: account(call.context)}
        return ToolResult(result.content, result.structured, result.is_error, meta)

    def explain(self, call: ToolCall) -> str:
        return f"would write {KEY} into _meta"


def account(context: Context) -> Mapping[str, Any]:
    """Microseconds that each layer and the tool took by themselves, outermost first, and the notes they left."""
    taken: dict[str, float] = {}
    for name, seconds in context.timings or ():
        taken[name] = taken.get(name, 0.0) + seconds
    # The layers finish from the inside out, so each one's time holds that of the one before it.
    alone: dict[str, int] = {}
    inner = 0.0
    for name, total in taken.items():
        alone[name] = int((total - inner) * 1e6)
        inner = total
    found: dict[str, Any] = {"call": context.call_id, "us": dict(reversed(alone.items()))}
    if context.notes:
        found["notes"] = [f"{note.layer}: {note.text}" for note in context.notes]
    return found
