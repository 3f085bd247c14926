"""The form in which a verdict goes back to the caller."""

from __future__ import annotations

from typing import Any

from toolpost import ToolResult
from toolpost_moderation.verdict import Verdict

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "flagged": {"type": "boolean", "description": "Whether anything was found that should not be there."},
        "categories": {
            "type": "object",
            "additionalProperties": {"type": "boolean"},
            "description": "Each category, and whether it was found.",
        },
        "scores": {
            "type": "object",
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
            "description": "How sure the model is of each category.",
        },
        "model": {"type": "string", "description": "The model that judged."},
    },
    "required": ["flagged", "categories", "scores", "model"],
}


def reply(verdict: Verdict) -> ToolResult:
    """The verdict in a line for the model, and whole for programs."""
    structured = {
        "flagged": verdict.flagged,
        "categories": dict(verdict.categories),
        "scores": dict(verdict.scores),
        "model": verdict.model,
    }
    return ToolResult.of(_line(verdict), structured=structured)


def _line(verdict: Verdict) -> str:
    if found := verdict.found({}):
        return f"Flagged: {', '.join(_scored(verdict, name) for name in found)}."
    highest = max(verdict.scores, key=verdict.scores.__getitem__, default=None)
    return "Not flagged." if highest is None else f"Not flagged; the highest score is {_scored(verdict, highest)}."


def _scored(verdict: Verdict, name: str) -> str:
    return f"{name} {verdict.scores[name]:.2f}" if name in verdict.scores else name
