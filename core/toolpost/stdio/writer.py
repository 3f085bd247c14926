"""What the client is sent: messages as lines of a descriptor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse

from toolpost.stdio.borrowed import Borrowed
from toolpost.stdio.encoding import encode, refusal

if TYPE_CHECKING:
    from toolpost.stdio.pipes import Pipes


class PipeWriter(Borrowed):
    """Messages as lines of a descriptor, each whole or not at all."""

    def __init__(self, fd: int, pipes: Pipes) -> None:
        self._fd = fd
        self._pipes = pipes
        self._lock = anyio.Lock()
        self._broken = False
        # A terminal is shared with the shell, which would find it changed.
        if not os.isatty(fd):
            os.set_blocking(fd, False)

    async def send(self, item: SessionMessage) -> None:
        """Write a message; an answer that cannot be written becomes an error to the same request."""
        message = item.message
        await self._write(encode(message))
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            self._pipes.settle(message.id)

    async def reject(self, code: int, text: str, request: str | int | None = None) -> None:
        """Answer a line that never became a message; to a client that has gone nothing is said."""
        try:
            await self._write(refusal(request, code, text))
        except anyio.BrokenResourceError:
            pass

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
        if self._broken:
            raise anyio.BrokenResourceError
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            self._broken = True
            self._pipes.hang_up()
            raise anyio.BrokenResourceError from None
