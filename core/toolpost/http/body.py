"""Bodies, bounded while they arrive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from toolpost.http.refusal import CLOSE, Refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Gone(Exception):
    """The client left before its request was complete."""


def check(headers: dict[bytes, bytes], at_most: int) -> None:
    """Refuse by the head alone what is too large or encoded: a few bytes of gzip may unpack to gigabytes.

    Raises:
        Refusal: 413 or 415.
    """
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > at_most:
        raise _too_large(at_most)
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Refusal(415, "send the body without a content encoding", headers=(CLOSE,))


async def read(receive: Receive, at_most: int) -> bytes:
    """The whole body.

    Raises:
        Refusal: it is larger than `at_most` bytes.
        Gone: the client left.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        _within(body, at_most)
        return body
    parts = bytearray(body)
    while True:
        _within(parts, at_most)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts += message.get("body", b"")
        if not message.get("more_body", False):
            _within(parts, at_most)
            return bytes(parts)


def bounded(receive: Receive, at_most: int) -> Receive:
    """The same body for an application that reads it by itself."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > at_most:
            raise _too_large(at_most)
        return message

    return counted


def again(body: bytes, receive: Receive) -> Receive:
    """A body that has been read, for an application that reads it itself."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _within(body: bytes | bytearray, at_most: int) -> None:
    if len(body) > at_most:
        raise _too_large(at_most)


def _too_large(at_most: int) -> Refusal:
    return Refusal(413, f"the body is larger than {at_most} bytes", headers=(CLOSE,))
