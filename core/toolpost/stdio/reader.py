"""What the client sends: lines of a descriptor as messages."""

from __future__ import annotations

import os
import stat
from collections import deque
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.lowlevel
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCNotification,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import from_json

from toolpost.stdio.borrowed import Borrowed
from toolpost.stdio.lines import Lines

if TYPE_CHECKING:
    from toolpost.stdio.pipes import Pipes

CHUNK = 65_536
BEFORE_OPENING = 8


class PipeReader(Borrowed):
    """Lines of a descriptor as messages; what is none is answered here and goes no further."""

    def __init__(self, fd: int, pipes: Pipes, line_bytes: int) -> None:
        self._fd = fd
        self._pipes = pipes
        self._limit = line_bytes
        self._waitable = _waitable(fd)
        self._cut = Lines(line_bytes)
        self._lines: deque[bytes | None] = deque()
        self._seen: deque[SessionMessage] = deque()
        self._stopped = False
        self._waiting: anyio.CancelScope | None = None

    async def opening(self) -> JSONRPCRequest | None:
        """The first request, which `receive` will still give; None if the end comes before it."""
        try:
            while True:
                item = await self._next()
                if isinstance(item.message, JSONRPCRequest):
                    self._seen.append(item)
                    return item.message
                # Before the first request a client has little to say, and one that floods is not listened to.
                if len(self._seen) < BEFORE_OPENING:
                    self._seen.append(item)
        except anyio.EndOfStream:
            return None

    async def receive(self) -> SessionMessage:
        """The next message; the end comes when what was read before it is answered."""
        return self._seen.popleft() if self._seen else await self._next()

    async def _next(self) -> SessionMessage:
        while True:
            while self._lines:
                message = await self._message(self._lines.popleft())
                if message is not None:
                    return SessionMessage(message)
            if self._stopped:
                await self._pipes.drain()
                raise anyio.EndOfStream
            await self._fill()

    def stop(self) -> None:
        """As at the end of the input."""
        self._stopped = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def _fill(self) -> None:
        if self._waitable:
            with anyio.CancelScope() as self._waiting:
                await anyio.wait_readable(self._fd)
            self._waiting = None
        else:
            await anyio.lowlevel.checkpoint()
        if self._stopped:
            return
        try:
            chunk = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._lines += self._cut.feed(chunk) if chunk else self._cut.end()
        self._stopped = not chunk

    async def _message(self, line: bytes | None) -> Any:
        if line is None:
            await self._reject(INVALID_REQUEST, f"a message is at most {self._limit} bytes long")
            return None
        line = line.strip(b"\r\n\t ")
        if not line:
            return None
        try:
            value = from_json(line, allow_inf_nan=False)
        except ValueError:
            await self._reject(PARSE_ERROR, "this line is not JSON")
            return None
        try:
            message = jsonrpc_message_adapter.validate_python(value, by_name=False)
        except ValidationError:
            message = None
        # The SDK takes a request whose id is none that MCP allows for a notification, and never answers it.
        if message is None or (isinstance(message, JSONRPCNotification) and "id" in value):
            await self._reject(INVALID_REQUEST, "this is not a JSON-RPC 2.0 message", _identity(value))
            return None
        return message if await self._note(message) else None

    async def _note(self, message: Any) -> bool:
        """Keep account of what is owed to the client; False if the message goes no further."""
        match message:
            case JSONRPCRequest() if not self._pipes.expect(message.id):
                # The answer to the first one will bear this id, so this one cannot.
                await self._reject(INVALID_REQUEST, f"request {str(message.id)[:64]!r} is still under way")
                return False
            case JSONRPCNotification(method="notifications/cancelled"):
                self._pipes.settle((message.params or {}).get("requestId"))
        return True

    async def _reject(self, code: int, text: str, request: str | int | None = None) -> None:
        await self._pipes.writer.reject(code, text, request)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


def _identity(value: Any) -> str | int | None:
    """The id of what is no message, as far as it has one."""
    identity = value.get("id") if isinstance(value, dict) else None
    return identity if isinstance(identity, str | int) and not isinstance(identity, bool) else None


def _waitable(fd: int) -> bool:
    """Whether the event loop can wait for a descriptor: not for files, which never make one wait."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)
