"""What OpenTelemetry is told of a call: attributes of the span that the SDK makes for the message."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from toolpost.middleware.metrics.recorder import CACHE, LEDGER, USAGE
from toolpost.tools.call import ToolCall

USED = {
    "model": "gen_ai.response.model",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
}
TEXT = 100


def describe(call: ToolCall, kind: str, meta: Mapping[str, Any], before: int) -> None:
    """Add to the span around this call, if anybody records it; `before` notes are from other calls."""
    # Whoever records spans has imported it; nothing is imported for those who do not.
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or not (span := trace.get_current_span()).is_recording():
        return
    span.set_attributes(attributes(call, kind, meta, before))


def attributes(call: ToolCall, kind: str, meta: Mapping[str, Any], before: int = 0) -> dict[str, Any]:
    """The call in OpenTelemetry's words where it has some; no arguments, answers or principals."""
    tool, context = call.tool, call.context
    found: dict[str, Any] = {
        "gen_ai.tool.name": tool.name,
        "toolpost.plugin": tool.plugin,
        "toolpost.call": context.call_id,
        "toolpost.surface": context.surface,
        "toolpost.outcome": kind or "ok",
    }
    decisions = [f"{note.layer}:{note.decision}"[:TEXT] for note in context.notes[before:] if note.decision]
    if decisions:
        found["toolpost.decisions"] = decisions
    if isinstance(cache := meta.get(CACHE), str):
        found["toolpost.cache"] = cache[:TEXT]
    for place, names in ((USAGE, USED), (LEDGER, {"cost_usd": "toolpost.cost_usd"})):
        said = meta.get(place)
        if isinstance(said, Mapping):
            found |= {name: _plain(said[key]) for key, name in names.items() if said.get(key) is not None}
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)[:TEXT]
