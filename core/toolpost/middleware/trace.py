"""The `trace` layer: each answer says which layers it passed, what they decided and how long they took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from toolpost import __version__
from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.current import CURRENT
from toolpost.tools.note import Note

KEY = "toolpost/trace"


@dataclass
class Trace:
    """Writes `toolpost/trace` into the `_meta` of every result, errors included, and the call's name into the log."""

    # It waits for nothing by itself, so nobody need watch how long it takes.
    patience: ClassVar[None] = None

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Time the layers within this one."""
        context, before = call.context, len(call.context.notes)
        outer, context.timings = context.timings, []
        log_as = CURRENT.set(context)
        try:
            result = await call_next(call)
        except ToolError as error:
            error.meta = {**error.meta, KEY: account(context, before)}
            raise
        else:
            meta = {**result.meta, KEY: account(context, before)}
            return ToolResult(result.content, result.structured, result.is_error, meta)
        finally:
            CURRENT.reset(log_as)
            context.timings = outer

    def explain(self, call: ToolCall) -> str:
        return f"would write {KEY} into _meta"


def account(context: Context, before: int = 0) -> Mapping[str, Any]:
    """The version, the microseconds that each layer and the tool took by themselves, outermost first, and decisions.

    The first `before` notes are those of other calls.
    """
    taken: dict[str, float] = {}
    for name, seconds in context.timings or ():
        taken[name] = taken.get(name, 0.0) + seconds
    # The layers finish from the inside out, so each one's time holds that of the one before it.
    names, totals = [*taken], [0.0, *taken.values()]
    alone = {names[at]: int((totals[at + 1] - totals[at]) * 1e6) for at in range(len(names) - 1, -1, -1)}
    found: dict[str, Any] = {"call": context.call_id, "version": __version__, "us": alone}
    if len(context.notes) > before:
        notes = context.notes[before:]
        if texts := [f"{note.layer}: {note.text}" for note in notes if note.text]:
            found["notes"] = texts
        if decisions := [_decision(note, alone) for note in notes if note.decision]:
            found["decisions"] = decisions
    return found


def _decision(note: Note, alone: Mapping[str, int]) -> dict[str, Any]:
    """What a layer decided, in a word, with the milliseconds that it took and its numbers."""
    said: dict[str, Any] = {"layer": note.layer, "decision": note.decision}
    if note.layer in alone:
        said["ms"] = alone[note.layer] / 1000
    return {**said, "counts": dict(note.counts)} if note.counts else said
