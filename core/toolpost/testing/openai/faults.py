"""What goes wrong at a provider."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

from toolpost.testing.openai.received import Received
from toolpost.testing.openai.texts import say
from toolpost.testing.openai.wire import Answer, Reply, whole

# The codes by which OpenAI tells these apart (error codes of its API reference).
CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 500: "server_error"}


def fail(
    status: int,
    message: str = "",
    *,
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Reply:
    """An error in OpenAI's form; `retry_after` is in seconds."""
    code = code or CODES.get(status)
    kind = "server_error" if status >= 500 else "invalid_request_error"
    body = {"error": {"message": message or f"scripted error {status}", "type": kind, "code": code, "param": param}}
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return lambda request: whole(body, status, **headers)


def hang(reply: Reply | None = None, *, after: int = 0) -> Reply:
    """Silence until the client hangs up, after so many pieces of a reply (`server.left` is set then)."""
    return _ended(reply, after, "hang")


def cut(reply: Reply | None = None, *, after: int = 1) -> Reply:
    """A connection that breaks after so many events of a stream, or in the middle of an answer that is none."""
    return _ended(reply, after, "break")


def garbage(body: bytes = b"<html>bad gateway</html>", *, status: int = 200, kind: str = "application/json") -> Reply:
    """Something that is not what it says it is; in a stream, an event that is no JSON."""

    def reply(request: Received) -> Answer:
        if request.streams and kind == "application/json":
            return Answer((b"data: " + body + b"\n\n",), status, "text/event-stream")
        return Answer((body,), status, kind)

    return reply


def spoil(reply: Reply | None = None, event: bytes = b"{not json", *, after: int = 1) -> Reply:
    """Something in the middle of a stream that does not belong there, after so many of its events."""

    def answer(request: Received) -> Answer:
        found = (reply or say("Hello,", " world."))(request)
        pieces = (*found.pieces[:after], b"data: " + event + b"\n\n", *found.pieces[after:])
        return replace(found, pieces=pieces)

    return answer


def fail_midway(reply: Reply | None = None, message: str = "scripted error", *, code: str = "server_error") -> Reply:
    """An error that the provider tells of in a stream, after its first two events, as each dialect does."""

    def answer(request: Received) -> Answer:
        found = (reply or say("Hello,", " world."))(request)
        error: dict[str, object] = {"message": message, "code": code, "param": None}
        named = {"type": "error", **error} if request.path.endswith("/responses") else {"error": error}
        return replace(found, pieces=(*found.pieces[:2], b"data: " + json.dumps(named).encode() + b"\n\n"))

    return answer


def _ended(reply: Reply | None, after: int, then: Literal["hang", "break"]) -> Reply:
    def answer(request: Received) -> Answer:
        found = (reply or say("Hello,", " world."))(request)
        pieces = found.pieces[:after]
        if len(found.pieces) == 1 and after:
            pieces = (found.pieces[0][: len(found.pieces[0]) // 2],)
        return replace(found, pieces=pieces, then=then)

    return answer
