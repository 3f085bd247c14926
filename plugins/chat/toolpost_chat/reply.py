"""The form in which an answer goes back to the caller."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from toolpost import ToolResult
from toolpost_openai import Answer

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
            "description": "Where the model was asked something other than you asked, or the answer is not whole.",
        },
    },
    "required": ["answer", "model", "provider", "finish_reason", "usage", "notes"],
}

DEMONSTRATION = "answered by an embedded demonstration model; set OPENAI_API_KEY for a real one"


def reply(answer: Answer) -> ToolResult:
    """The text for the model, the rest for programs, and what kind of model it was in `_meta`."""
    structured = {
        "answer": answer.text,
        "model": answer.model,
        "provider": answer.provider,
        "finish_reason": answer.finish_reason,
        "usage": asdict(answer.usage) if answer.usage else None,
        "notes": list(answer.notes),
    }
    meta = {"toolpost/demonstration": DEMONSTRATION} if answer.demonstration else {}
    return ToolResult.of(answer.text, structured=structured, meta=meta)
