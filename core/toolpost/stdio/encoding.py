"""Messages as lines of JSON, whatever a plugin put into them."""

from __future__ import annotations

from typing import Any

from mcp_types import INTERNAL_ERROR, JSONRPCError, JSONRPCResponse
from pydantic_core import to_json

# Far above what any client takes (Claude Desktop: 1 MiB), and low enough to be held a few times over.
LINE_BYTES = 64 * 1024 * 1024


class Prepared(list[Any]):
    """A list with its JSON, which is put into a response as it is."""

    json: bytes

    @classmethod
    def of(cls, items: list[Any]) -> Prepared:
        prepared = cls(items)
        prepared.json = to_json(items)
        return prepared


def encode(message: Any) -> bytes:
    """A message as a line; a response that cannot be one becomes an error to its request.

    Raises:
        ValueError: a request or notification of ours is no JSON, which is the fault of who sent it.
    """
    if not isinstance(message, JSONRPCResponse | JSONRPCError):
        return _strict(message.model_dump_json(by_alias=True, exclude_unset=True).encode())
    try:
        return _strict(_response(message) if isinstance(message, JSONRPCResponse) else _error(message))
    except BaseException as error:
        # The values are a plugin's, and so is the code that runs when they are looked at.
        reason = str(error) if isinstance(error, Overlong) else f"it is no JSON ({type(error).__name__})"
        return refusal(message.id, INTERNAL_ERROR, f"the answer cannot be sent: {reason}")


def refusal(request: str | int | None, code: int, text: str) -> bytes:
    """An error as a line."""
    return to_json({"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": text}}) + b"\n"


class Overlong(ValueError):
    """An answer is longer than any client would take."""


def _response(message: JSONRPCResponse) -> bytes:
    for name, value in message.result.items():
        if type(value) is Prepared:
            rest = to_json({key: item for key, item in message.result.items() if key != name})
            head = b'{"jsonrpc":"2.0","id":%b,"result":{"%b":' % (to_json(message.id), name.encode())
            tail = b"," + rest[1:] if len(rest) > 2 else b"}"
            return b"%b%b%b}" % (head, value.json, tail)
    # Tools cannot return NaN; that of a layer becomes null, as it does in the SDK. To look for one afterwards
    # would take longer than the encoding: in a large picture's base64 the letters stand by chance.
    return to_json({"jsonrpc": "2.0", "id": message.id, "result": message.result}, inf_nan_mode="null")


def _error(message: JSONRPCError) -> bytes:
    return message.model_dump_json(by_alias=True, exclude_unset=True).encode()


def _strict(line: bytes) -> bytes:
    if len(line) > LINE_BYTES:
        raise Overlong(f"it is {len(line)} bytes long, and at most {LINE_BYTES} go over a pipe")
    return line + b"\n"
