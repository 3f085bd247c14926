"""The form in which an answer goes back to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from toolpost import ToolResult
from toolpost_openai import Answer
from toolpost_vision.facts import SCHEMA as FACTS

COUNT = {"type": "integer", "minimum": 0}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "description": "What the model said."},
        "model": {"type": "string", "description": "The model that answered."},
        "provider": {"type": "string", "description": "Who serves that model."},
        "finish_reason": {
            "type": "string",
            "description": "'stop' where the answer is whole, 'length' where max_tokens cut it.",
        },
        "usage": {
            "type": ["object", "null"],
            "description": "Tokens as the provider counted them; null where it does not.",
            "properties": {"input_tokens": COUNT, "output_tokens": COUNT, "total_tokens": COUNT},
            "required": ["input_tokens", "output_tokens", "total_tokens"],
        },
        "notes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Where the model was shown or asked something other than you gave, or did not finish.",
        },
    },
    "required": ["answer", "model", "provider", "finish_reason", "usage", "notes"],
}

NO_MODEL = {"type": ["string", "null"], "description": "The model that answered; null where none looked."}
SCHEMA_OR_FACTS: dict[str, Any] = {
    **SCHEMA,
    "properties": {**SCHEMA["properties"], "model": NO_MODEL, "facts": FACTS},
}


def reply(answer: Answer, notes: Sequence[str]) -> ToolResult:
    """The text for the model, the rest for programs, and what it cost in `_meta`."""
    structured = {
        "answer": answer.text,
        "model": answer.model,
        "provider": answer.provider,
        "finish_reason": answer.finish_reason,
        "usage": asdict(answer.usage) if answer.usage else None,
        "notes": [*notes, *answer.notes],
    }
    return ToolResult.of(answer.text, structured=structured, meta={"toolpost/usage": _usage(answer)})


def _usage(answer: Answer) -> dict[str, Any]:
    counted = answer.usage
    tokens = {"input_tokens": counted.input_tokens, "output_tokens": counted.output_tokens} if counted else {}
    return {"model": answer.model, **tokens}
