"""What goes back over the connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from toolpost.testing.openai.received import Received

JSON, SSE = "application/json", "text/event-stream"
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Answer:
    """Bytes in pieces, of which each is sent by itself, and how it ends: as it should, in silence, or broken off."""

    pieces: tuple[bytes, ...]
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Literal["end", "hang", "break"] = "end"


Reply = Callable[[Received], Answer]
"""How a request is answered; any function of this kind may stand in a script."""


def whole(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer((json.dumps(body).encode(),), status, headers=headers)


def events(items: Iterable[Mapping[str, Any]], end: bytes = b"") -> Answer:
    """A stream of events; those of Responses are named by their type."""
    return Answer((*(_event(item) for item in items), *([end] if end else [])), kind=SSE)


def usage_of(request: Received, words: str) -> tuple[int, int]:
    """About how many tokens went in and out, for bills that are to be plausible."""
    return max(1, len(json.dumps(request.body, default=str)) // 4), max(1, len(words) // 4)


def _event(item: Mapping[str, Any]) -> bytes:
    named = f"event: {item['type']}\n".encode() if "type" in item else b""
    return named + b"data: " + json.dumps(item).encode() + b"\n\n"
