"""JSON-RPC messages as they come over HTTP: read once, strictly, so that nobody behind reads them otherwise."""

from __future__ import annotations

from typing import Any

from mcp_types import INVALID_REQUEST, PARSE_ERROR, jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

from toolpost.http.refusal import Refusal

# JSON-RPC leaves numbers open; what a double cannot hold exactly would come back changed (RFC 8259, section 6).
LARGEST_ID = 2**53
LONGEST_ID = 1024


def read(body: bytes) -> dict[str, Any]:
    """One message. Of keys that stand twice in an object the last counts, here and everywhere behind.

    Raises:
        Refusal: it is no JSON, or no message.
    """
    try:
        message = from_json(body, allow_inf_nan=False, cache_strings="none")
    except ValueError:
        raise Refusal(400, "this is not JSON", code=PARSE_ERROR) from None
    if not isinstance(message, dict):
        raise Refusal(400, "send one JSON-RPC 2.0 message, as an object", code=INVALID_REQUEST)
    if message.get("jsonrpc") != "2.0":
        raise Refusal(400, 'the message does not say `"jsonrpc": "2.0"`', code=INVALID_REQUEST)
    if "id" in message and not is_id(message["id"]):
        raise Refusal(400, "the id is neither a text nor a whole number", code=INVALID_REQUEST)
    return message


def check(message: dict[str, Any]) -> None:
    """Refuse what has the form of neither a request, a notification nor a response.

    The SDK would too, but in the words of its library, which quote the message.

    Raises:
        Refusal: it has none.
    """
    try:
        jsonrpc_message_adapter.validate_python(message, by_name=False)
    except ValidationError:
        raise Refusal(400, "this is no JSON-RPC 2.0 message", code=INVALID_REQUEST) from None


def is_id(value: Any) -> bool:
    """Whether this may stand as the id of a message."""
    if isinstance(value, str):
        return len(value) <= LONGEST_ID
    return type(value) is int and -LARGEST_ID <= value <= LARGEST_ID
