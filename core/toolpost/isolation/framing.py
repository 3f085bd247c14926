"""JSON-RPC as lines over two descriptors, neither of which ever makes the event loop wait."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import anyio
from pydantic_core import from_json, to_json

CHUNK = 65_536
# Above what any result may weigh, pictures included; who sends longer lines is not understood.
LINE_BYTES = 64 * 1024 * 1024
# What may wait for a reader that does not read, beside the message that is being sent.
UNSENT_BYTES = 16 * 1024 * 1024


class Unread(Exception):
    """The other side reads too slowly, or not at all."""


class Framing:
    """Whole messages in both directions; `flush` must run for those that do not fit into the pipe at once."""

    def __init__(self, read: int, write: int) -> None:
        for descriptor in (read, write):
            os.set_blocking(descriptor, False)
        self.read_from = read
        self._write_to = write
        self._rest = bytearray()
        self._unsent = bytearray()
        self._more: anyio.Event | None = None
        self._sent: anyio.Event | None = None
        self._kept: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, now or when there is room.

        Raises:
            Unread: too much waits already.
            ValueError: it is no JSON.
            OSError: the other side has gone.
        """
        line = to_json(message, inf_nan_mode="null") + b"\n"
        if len(line) > LINE_BYTES:
            raise ValueError(f"it is longer than {LINE_BYTES} bytes")
        if len(self._unsent) > UNSENT_BYTES:
            raise Unread
        sent = 0 if self._unsent else self._try(line)
        if sent < len(line):
            self._unsent += memoryview(line)[sent:]
            if self._more is not None:
                self._more.set()

    async def flush(self) -> None:
        """Send what did not fit, for ever; ends when the other side has gone."""
        try:
            while True:
                while self._unsent:
                    await anyio.wait_writable(self._write_to)
                    del self._unsent[: self._try(self._unsent)]
                if self._sent is not None:
                    self._sent.set()
                self._more = anyio.Event()
                await self._more.wait()
        except OSError:
            return

    async def flushed(self) -> None:
        """Wait until all is sent; `flush` must run."""
        if self._unsent:
            self._sent = anyio.Event()
            await self._sent.wait()

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What comes, until the other side ends; raises `ValueError` for what is no message."""
        while True:
            for message in self.received():
                yield message
            await anyio.wait_readable(self.read_from)
            if not self.fill():
                return

    def fill(self) -> bool:
        """Read what is there without waiting; False at the end."""
        try:
            chunk = os.read(self.read_from, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._rest += chunk
        return bool(chunk)

    def received(self) -> list[dict[str, Any]]:
        """The messages that were read and not looked at yet; raises as `messages`."""
        kept, self._kept = self._kept, []
        return [*kept, *map(_message, self._lines())]

    def put_back(self, messages: list[dict[str, Any]]) -> None:
        """Let whoever reads next have these first."""
        self._kept = messages

    def _lines(self) -> list[bytes]:
        end = self._rest.rfind(b"\n", max(0, len(self._rest) - CHUNK))
        if end < 0:
            if len(self._rest) > LINE_BYTES:
                raise ValueError("a line is too long")
            return []
        whole = bytes(memoryview(self._rest)[:end])
        del self._rest[: end + 1]
        return whole.split(b"\n")

    def _try(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._write_to, data)
        except BlockingIOError:
            return 0


def _message(line: bytes) -> dict[str, Any]:
    message = from_json(line)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    return message
