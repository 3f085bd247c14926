"""JSON and Server-Sent Events, as bytes."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticSerializationError, to_json

DONE = b"data: [DONE]\n\n"
# A comment of the Server-Sent Events format, which keeps the connection from looking dead.
BEAT = b": still at work\n\n"


def packed(value: Any) -> bytes:
    """JSON, in which half of a character becomes U+FFFD: no UTF-8 can hold it."""
    try:
        return to_json(value, inf_nan_mode="null")
    except PydanticSerializationError:
        return to_json(mended(value), inf_nan_mode="null")


def mended(value: Any) -> Any:
    """The same without halves of characters."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {mended(name): mended(item) for name, item in value.items()}
        case list() | tuple():
            return [mended(item) for item in value]
    return value


def chunk(value: Any) -> bytes:
    """An event without a name, as Chat Completions sends them."""
    return b"data: " + packed(value) + b"\n\n"


def named(value: dict[str, Any]) -> bytes:
    """An event that is named by its type, as Responses sends them."""
    kind: str = value["type"]
    return b"event: " + kind.encode() + b"\ndata: " + packed(value) + b"\n\n"
