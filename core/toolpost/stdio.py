"""MCP's stdio transport on the pipes themselves: no threads, no pump tasks, lines of bounded length.

These streams satisfy the SDK's `ReadStream` and `WriteStream`. The SDK's own
transport goes through worker threads, three hops for each call; waiting on
the descriptors takes a third of the processor time (`bench/README.md`).
Windows cannot wait on pipes, so it keeps the SDK's.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from types import TracebackType
from typing import Any, Self

import anyio
import anyio.lowlevel
from mcp.shared.message import SessionMessage
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from toolpost.descriptors import Wire
from toolpost.server.listing import Prepared

CHUNK = 65_536


class Pipes:
    """What both directions share: which requests are not answered yet."""

    def __init__(self, wire: Wire, line_bytes: int, grace: float) -> None:
        self.writer = PipeWriter(wire.write, self)
        self.reader = PipeReader(wire.read, self, line_bytes)
        self.grace = grace
        self.pending: set[str | int] = set()
        self._idle = anyio.Event()

    def stop(self, grace: float | None = None) -> None:
        """Read no more: what is under way has `grace` seconds to be answered."""
        self.grace = self.grace if grace is None else grace
        self.reader.stop()

    def settle(self, request: Any) -> None:
        """A request was answered, or will never be."""
        self.pending.discard(request)
        if not self.pending:
            self._idle.set()

    async def drain(self) -> None:
        """Wait until everything is answered, or time is up."""
        with anyio.move_on_after(self.grace):
            while self.pending:
                self._idle = anyio.Event()
                await self._idle.wait()


class PipeReader:
    """Lines of a descriptor as messages; what is none is answered here and goes no further."""

    def __init__(self, fd: int, pipes: Pipes, line_bytes: int) -> None:
        self._fd = fd
        self._pipes = pipes
        self._limit = line_bytes
        self._waitable = _waitable(fd)
        self._lines: deque[bytes] = deque()
        self._rest = bytearray()
        self._overlong = False
        self._stopped = False
        self._waiting: anyio.CancelScope | None = None

    async def receive(self) -> SessionMessage:
        """The next message; the end comes when what was read before it is answered."""
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
        if chunk:
            await self._split(chunk)
        else:
            self._stopped = True
            if self._rest:
                self._lines.append(bytes(self._rest))

    async def _split(self, chunk: bytes) -> None:
        head, *lines = chunk.split(b"\n")
        self._rest += head
        for line in lines:
            if not self._overlong:
                self._lines.append(bytes(self._rest))
            self._overlong = False
            self._rest = bytearray(line)
        if len(self._rest) > self._limit:
            self._rest.clear()
            if not self._overlong:
                self._overlong = True
                await self._pipes.writer.reject(INVALID_REQUEST, f"a message is at most {self._limit} bytes long")

    async def _message(self, line: bytes) -> Any:
        line = line.strip(b"\r\n\t ")
        if not line:
            return None
        try:
            value = from_json(line, allow_inf_nan=False)
        except ValueError:
            await self._pipes.writer.reject(PARSE_ERROR, "this line is not JSON")
            return None
        try:
            message = _typed(value)
        except ValidationError:
            identity = value.get("id") if isinstance(value, dict) else None
            known = identity if isinstance(identity, str | int) and not isinstance(identity, bool) else None
            await self._pipes.writer.reject(INVALID_REQUEST, "this is not a JSON-RPC 2.0 message", known)
            return None
        self._note(message)
        return message

    def _note(self, message: Any) -> None:
        match message:
            case JSONRPCRequest():
                self._pipes.pending.add(message.id)
            case JSONRPCNotification(method="notifications/cancelled"):
                self._pipes.settle((message.params or {}).get("requestId"))

    async def aclose(self) -> None:
        """Nothing to do: the descriptor belongs to the process."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class PipeWriter:
    """Messages as lines of a descriptor, each whole or not at all."""

    def __init__(self, fd: int, pipes: Pipes) -> None:
        self._fd = fd
        self._pipes = pipes
        self._lock = anyio.Lock()
        self._broken = False
        os.set_blocking(fd, False)

    async def send(self, item: SessionMessage) -> None:
        """Write a message; one that is no JSON becomes an error to the same request."""
        message = item.message
        await self._write(_encode(message))
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            self._pipes.settle(message.id)

    async def reject(self, code: int, text: str, request: str | int | None = None) -> None:
        """Answer a line that never became a message."""
        await self._write(_line({"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": text}}))

    async def _write(self, line: bytes) -> None:
        if self._broken:
            raise anyio.BrokenResourceError
        # Between this look and the write nothing else runs, so a line that fits the pipe needs no lock.
        sent = 0 if self._lock.locked() else self._try(line)
        if sent == len(line):
            return
        # A line that has begun must end, whatever becomes of the call it answers.
        with anyio.CancelScope(shield=sent > 0):
            async with self._lock:
                rest = memoryview(line)[sent:]
                with anyio.CancelScope(shield=True):
                    while rest:
                        rest = rest[self._try(rest) :]
                        if rest:
                            await anyio.wait_writable(self._fd)

    def _try(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            # The reader has gone: nothing can be told to it any more, so the end has come.
            self._broken = True
            self._pipes.stop(grace=0)
            raise anyio.BrokenResourceError from None

    async def aclose(self) -> None:
        """Nothing to do: the descriptor belongs to the process."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _typed(value: Any) -> Any:
    return jsonrpc_message_adapter.validate_python(value, by_name=False)


def _encode(message: Any) -> bytes:
    try:
        if isinstance(message, JSONRPCResponse):
            return _response(message)
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
    except Exception as error:
        request = getattr(message, "id", None)
        text = f"the answer cannot be sent as JSON: {type(error).__name__}"
        return _line({"jsonrpc": "2.0", "id": request, "error": {"code": INTERNAL_ERROR, "message": text}})


def _response(message: JSONRPCResponse) -> bytes:
    """A response; lists that are prepared are put in as they are."""
    for name, value in message.result.items():
        if type(value) is Prepared:
            rest = to_json({key: item for key, item in message.result.items() if key != name})
            head = b'{"jsonrpc":"2.0","id":%b,"result":{"%b":' % (to_json(message.id), name.encode())
            tail = b"," + rest[1:] if len(rest) > 2 else b"}"
            return b"%b%b%b}\n" % (head, value.json, tail)
    return _line({"jsonrpc": "2.0", "id": message.id, "result": message.result})


def _line(value: dict[str, Any]) -> bytes:
    return to_json(value) + b"\n"


def _waitable(fd: int) -> bool:
    """Whether the event loop can wait for a descriptor: not for files, which never make one wait."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)
