"""An answer that says no, in the words of whoever asked: JSON-RPC for MCP, OpenAI's shape elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from secrets import token_hex
from typing import Any

from pydantic_core import to_json

from toolpost.lettered import LETTERS, lettered

Pairs = Iterable[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")
# JSON-RPC 2.0, section 5.1: what the message is wrong about, by the status it goes out with.
CODES = {400: -32600, 500: -32603}
CLOSE = (b"connection", b"close")
_PROCESS = token_hex(4).translate(LETTERS)
_COUNTED = count(1)


def request_id() -> str:
    """A name for a request, by which its line in the log is found; never one that the client chose."""
    return f"{_PROCESS}-{lettered(next(_COUNTED))}"


class Refusal(Exception):
    """Ends a request; `kind` is a word that programs can rely on."""

    def __init__(self, status: int, text: str, kind: str = "", headers: Pairs = (), *, code: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.kind = kind or HTTPStatus(status).phrase.lower().replace(" ", "_").replace("'", "")
        self.headers = tuple(headers)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)

    async def send(self, send: Any) -> None:
        """Send it, with its length."""
        # RFC 9110, section 8.6: an answer without content has no length.
        length = () if self.status == 204 else ((b"content-length", str(len(self.body)).encode()),)
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, *length]})
        await send({"type": "http.response.body", "body": self.body})


def as_json(refusal: Refusal, request_id: str) -> Answer:
    """The answer of every route but MCP's (OpenAI API reference, errors)."""
    said = {"message": refusal.text, "type": refusal.kind, "code": None, "param": None, "request_id": request_id}
    return Answer(refusal.status, to_json({"error": said}), (JSON, *refusal.headers))


def as_jsonrpc(refusal: Refusal, request_id: str, message_id: Any = None) -> Answer:
    """The answer where MCP is spoken."""
    code = refusal.code if refusal.code is not None else CODES.get(refusal.status, -32000)
    error = {"code": code, "message": refusal.text, "data": {"request_id": request_id}}
    return Answer(
        refusal.status, to_json({"jsonrpc": "2.0", "id": message_id, "error": error}), (JSON, *refusal.headers)
    )


def as_bytes(refusal: Refusal) -> bytes:
    """The whole response, for what is refused before it is a request; the connection is then closed."""
    name = request_id()
    answer = as_json(refusal, name)
    length = (b"content-length", str(len(answer.body)).encode())
    lines = [*answer.headers, (b"x-request-id", name.encode()), length, CLOSE]
    head = b"".join(b"%b: %b\r\n" % line for line in lines)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (
        refusal.status,
        HTTPStatus(refusal.status).phrase.encode(),
        head,
        answer.body,
    )
