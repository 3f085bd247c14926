"""One response on its way: the headers that every answer has, and an end whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from toolpost.http.refusal import Answer

Send = Callable[[Any], Awaitable[None]]
STREAM = b"text/event-stream"
# A comment of the Server-Sent Events format, for people who look; clients see the proper end of the response.
GOODBYE = b": the server ends\r\n\r\n"
# Says of a response's beginning that its first part comes at once: both are one packet then.
TOGETHER = "toolpost.together"
INVALID = b', error="invalid_token"'


@dataclass(eq=False)
class Response:
    """Sends, and remembers how far it got; `work` is cancelled when there is nobody to work for.

    Of a HEAD request (`is_head`) only the head is answered. `brought_token`
    says whether a 401 is for a token that was brought (RFC 6750, section 3.1).
    """

    send: Send
    connection: Any
    extra: tuple[tuple[bytes, bytes], ...]
    is_head: bool = False
    brought_token: bool = False
    status: int = 0
    size: int = 0
    is_stream: bool = False
    is_whole: bool = False
    work: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def __call__(self, message: Mapping[str, Any]) -> None:
        if self.is_whole:
            return
        if message["type"] == "http.response.start":
            await self._start(message)
        else:
            await self._go_on(message)

    async def end(self, busy: Answer) -> None:
        """End it at once and in form: what has not begun is `busy`, a stream stops between two events."""
        if not self.status:
            await busy.send(self)
        elif self.is_stream:
            await self({"type": "http.response.body", "body": GOODBYE})
        elif not self.is_whole:
            self.drop()

    def drop(self) -> None:
        """Close the connection: half an answer must not look like a whole one."""
        self.is_whole = True
        if self.connection is not None:
            self.connection.door.abort()

    def release(self) -> None:
        """The client may leave without an effect from now on; another request may have taken the place already."""
        if self.connection is not None and self.connection.lost == self.work.cancel:
            self.connection.lost = None

    async def _start(self, message: Mapping[str, Any]) -> None:
        self.status = message["status"]
        headers = [*message.get("headers", ()), *self.extra]
        if self.status == 401 and self.brought_token:
            headers = [(name, value + INVALID if name == b"www-authenticate" else value) for name, value in headers]
        self.is_stream = any(name == b"content-type" and value.startswith(STREAM) for name, value in headers)
        follows = message.get(TOGETHER) or any(name == b"content-length" for name, _ in headers)
        if self.connection is not None and not self.is_head and follows:
            self.connection.door.hold()
        await self.send({**message, "headers": headers})
        if self.is_head:
            await self._go_on({"type": "http.response.body"})
            self.work.cancel()

    async def _go_on(self, message: Mapping[str, Any]) -> None:
        if not message.get("more_body", False):
            # Whoever has all of the answer may leave: what is still to be done is done.
            self.is_whole = True
            self.release()
        self.size += len(message.get("body", b""))
        await self.send(message)
