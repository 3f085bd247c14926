"""A child's standard input and output as the way to it, waited for on the descriptors themselves."""

from __future__ import annotations

import os

import anyio
from pydantic_core import to_json

from toolpost.kit import Lines
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.streamed import Streamed
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError

CHUNK = 65_536


class Pipes(Streamed):
    """Lines over two descriptors that are never waited for in a thread."""

    def __init__(self, read: int, write: int, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._from, self._to = read, write
        for descriptor in (read, write):
            os.set_blocking(descriptor, False)
        self._unsent = bytearray()
        self._more = anyio.Event()

    async def run(self) -> None:
        """As `Wire.run`."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._flush)
            failure = await self._failing()
            tasks.cancel_scope.cancel()
        raise failure

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

    async def _failing(self) -> WireError:
        try:
            return await self._read()
        except WireError as failure:
            return failure

    async def _read(self) -> WireError:
        cut = Lines(self.bounds.message_bytes)
        while True:
            await anyio.wait_readable(self._from)
            try:
                chunk = os.read(self._from, CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                chunk = b""
            if not chunk:
                return Lost("has closed its output")
            for line in cut.feed(chunk):
                if line is None:
                    return Lost(f"sent a line of more than {self.bounds.message_bytes} bytes")
                if line.strip():
                    await self.take(line)
