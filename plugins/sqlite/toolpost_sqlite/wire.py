"""Requests, answers and errors as lines of JSON, between the host and a process that SQLite works in."""

from __future__ import annotations

import json
from typing import Any

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_sqlite.rows import Rows

ROWS = "toolpost/rows"
KINDS = {kind.__name__: kind for kind in (InvalidArguments, ToolError)}
# A database that is held is no outage: other callers may well be answered.
UP = {"toolpost/provider": {"name": "sqlite", "up": True}}


def line(message: dict[str, Any]) -> bytes:
    """A message as it is sent."""
    return json.dumps(message, default=_plain).encode() + b"\n"


def read(sent: bytes) -> dict[str, Any]:
    """The message that was sent."""
    message: dict[str, Any] = json.loads(sent, object_hook=_rows)
    return message


def told(error: ToolError) -> dict[str, Any]:
    """One of our errors as JSON."""
    retry_after = error.retry_after if isinstance(error, Unavailable) else None
    return {"kind": type(error).__name__, "text": str(error), "retry_after": retry_after}


def raised(said: dict[str, Any]) -> ToolError:
    """The error that was told."""
    if said["kind"] != Unavailable.__name__:
        return KINDS[said["kind"]](said["text"])
    busy = Unavailable(said["text"], retry_after=said["retry_after"])
    busy.meta = UP
    return busy


def _plain(value: object) -> Any:
    assert isinstance(value, Rows)
    return {ROWS: [value.columns, value.rows, value.cut]}


def _rows(found: dict[str, Any]) -> Any:
    return Rows(*found[ROWS]) if ROWS in found else found
