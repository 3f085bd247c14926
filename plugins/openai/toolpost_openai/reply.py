"""The form in which a model's answer goes back to whoever called the tool that asked it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from toolpost import ToolResult
from toolpost_openai.answer import Answer

COUNT = {"type": "integer", "minimum": 0}

REPLY: dict[str, Any] = {
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
            "description": "Where the model got something other than you gave, or the answer is not whole.",
        },
    },
    "required": ["answer", "model", "provider", "finish_reason", "usage", "notes"],
}
"""The JSON Schema of the structured content of a `reply`."""

DEMONSTRATION = "answered by an embedded demonstration model; set OPENAI_API_KEY for a real one"


def reply(answer: Answer, notes: Sequence[str] = ()) -> ToolResult:
    """The text for the model, the rest for programs; what it cost, and what kind of model it was, in `_meta`.

    `notes` are the tool's own, and come before those of the answer.
    """
    structured = {
        "answer": answer.text,
        "model": answer.model,
        "provider": answer.provider,
        "finish_reason": answer.finish_reason,
        "usage": asdict(answer.usage) if answer.usage else None,
        "notes": [*notes, *answer.notes],
    }
    meta: dict[str, Any] = {"toolpost/usage": _usage(answer)}
    if answer.demonstration:
        meta["toolpost/demonstration"] = DEMONSTRATION
    return ToolResult.of(answer.text, structured=structured, meta=meta)


def _usage(answer: Answer) -> dict[str, Any]:
    """What the ledger knows the price of."""
    counted = answer.usage
    if counted is None:
        return {"model": answer.model}
    tokens = {"input_tokens": counted.input_tokens, "output_tokens": counted.output_tokens}
    cached = {"cached_tokens": answer.cached_tokens} if answer.cached_tokens else {}
    return {"model": answer.model, **tokens, **cached}
