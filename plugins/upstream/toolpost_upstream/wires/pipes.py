"""A child's standard input and output as the way to it, waited for on the descriptors themselves."""

from __future__ import annotations

import os
from collections import deque

import anyio
from pydantic_core import to_json

from toolpost.kit import Lines
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.streamed import Streamed, StreamExchange
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError

CHUNK = 65_536
# Seconds after which somebody reads again what the server says unasked, while calls come and go.
REST = 0.1
# Empty lines in a row that are nothing unusual.
BLANK = 16


class Pipes(Streamed):
    """Lines over two descriptors that are never waited for in a thread.

    Whoever waits for a response reads by itself, if nobody does: that spares
    each call a change of tasks. Who comes second is woken by whoever reads,
    and reads on when that one has its response. As long as nobody waits for
    anything, a task of the wire's own reads; it rests while others do.
    """

    def __init__(self, read: int, write: int, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._from, self._to = read, write
        for descriptor in (read, write):
            os.set_blocking(descriptor, False)
        self._unsent = bytearray()
        self._more = anyio.Event()
        self._cut, self._lines = Lines(bounds.message_bytes), deque[bytes | None]()
        self._blank = 0
        self._is_read, self._is_cut = False, True
        self._waiting: dict[int, StreamExchange] = {}
        self._failure: WireError | None = None
        self._failed = anyio.Event()

    async def run(self) -> None:
        """As `Wire.run`."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._flush)
            tasks.start_soon(self._read_idly)
            await self._failed.wait()
            tasks.cancel_scope.cancel()
        raise self._failure or Lost("has gone")

    async def more(self, exchange: StreamExchange) -> None:
        """As `Streamed.more`."""
        if self._is_read or self._failure is not None:
            self._waiting[exchange.number] = exchange
            try:
                await exchange.woken()
            finally:
                del self._waiting[exchange.number]
                self._hand_over()
            return
        try:
            while not exchange.messages and self._failure is None:
                await self._read()
        finally:
            self._hand_over()

    async def send(self, data: bytes) -> None:
        """As `Streamed.send`: at once, or when the pipe has room."""
        if self._over:
            raise Unsent(self._over)
        if len(self._unsent) > self.bounds.message_bytes:
            raise Unsent("does not read what it is sent", retry_after=1)
        line = data + b"\n"
        try:
            sent = 0 if self._unsent else os.write(self._to, line)
        except BlockingIOError:
            sent = 0
        except OSError:
            raise Unsent("has closed its input") from None
        if sent < len(line):
            self._unsent += memoryview(line)[sent:]
            self._more.set()

    def tell_soon(self, message: JSONObject) -> None:
        """As `Streamed.tell_soon`; nothing here ever waits."""
        try:
            self.send(to_json(message)).send(None)
        except (StopIteration, WireError):
            pass

    def close(self, reason: str) -> None:
        """As `Wire.close`; whoever reads is told, too, since the descriptors go away."""
        super().close(reason)
        self._fail(Lost(reason))
        anyio.notify_closing(self._from)

    async def _flush(self) -> None:
        try:
            while True:
                while self._unsent:
                    await anyio.wait_writable(self._to)
                    del self._unsent[: self._write_some()]
                self._more = anyio.Event()
                await self._more.wait()
        except OSError:
            # Its output ends as well, or says what it still has to say.
            self._unsent.clear()

    def _write_some(self) -> int:
        try:
            return os.write(self._to, self._unsent)
        except BlockingIOError:
            return 0

    async def _read_idly(self) -> None:
        while self._failure is None:
            if self._is_read or self._waiting:
                self._hand_over()
                await anyio.sleep(REST)
            else:
                await self._read()

    def _hand_over(self) -> None:
        """Have somebody read on who waits for something."""
        if not self._is_read and (one := next((one for one in self._waiting.values() if not one.messages), None)):
            one.wake()

    async def _read(self) -> None:
        """Read once, and bring what has come to whom it concerns; nobody else must be reading."""
        self._is_read = True
        try:
            while self._lines:
                await self._line(self._lines.popleft())
            await anyio.wait_readable(self._from)
            self._take(os.read(self._from, CHUNK))
            while self._lines:
                await self._line(self._lines.popleft())
        except BlockingIOError:
            pass
        except (OSError, anyio.ClosedResourceError):
            self._fail(Lost("has closed its output"))
        except WireError as failure:
            self._fail(failure)
        finally:
            self._is_read = False

    def _take(self, chunk: bytes) -> None:
        if not chunk:
            raise Lost("has closed its output")
        # One message, and whole: nearly all are.
        if self._is_cut and chunk.find(b"\n") == len(chunk) - 1 <= self.bounds.message_bytes:
            self._lines.append(chunk)
        else:
            self._lines += self._cut.feed(chunk)
            self._is_cut = chunk.endswith(b"\n")

    async def _line(self, line: bytes | None) -> None:
        if line is None:
            raise Lost(f"sent a line of more than {self.bounds.message_bytes} bytes")
        if line and not line.isspace():
            self._blank = 0
            await self.take(line)
        elif (blank := self._blank) < BLANK:
            self._blank = blank + 1
        else:
            await self.meter.pause(1 + len(line))

    def _fail(self, failure: WireError) -> None:
        self._failure = self._failure or failure
        self._failed.set()
