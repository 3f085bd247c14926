"""A connection of our own, and the response that comes back on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio
from anyio.abc import ByteStream

from toolpost_upstream.wires.framing import Framing
from toolpost_upstream.wires.reply import words
from toolpost_upstream.wires.sockets import Socket
from toolpost_upstream.wires.wire import Lost

if TYPE_CHECKING:
    from toolpost_upstream.wires.plain import Plain


class Connection:
    """One connection, and the response that comes on it."""

    def __init__(self, socket: Socket, stream: ByteStream) -> None:
        self.socket, self.stream, self.framing = socket, stream, Framing()
        self.since = 0.0

    async def is_ready(self) -> bool:
        """Whether it can be asked again, which is found out without waiting; raises `Lost` where it never can."""
        self.socket.waits = False
        try:
            while True:
                data = await self.stream.receive()
                if self.framing.done:
                    raise Lost("says what nobody asked")
                self.framing.feed(data)
                self.framing.take()
        except anyio.WouldBlock:
            return self.framing.done
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            raise Lost("broke off") from None
        finally:
            self.socket.waits = True


class PlainReply:
    """As `Reply`."""

    def __init__(self, plain: Plain, connection: Connection) -> None:
        self._plain, self._connection, self._framing = plain, connection, connection.framing
        self.status = 0
        self.headers: Mapping[str, str] = self._framing.headers
        self._is_over = False

    async def head(self) -> None:
        """As `Reply.head`."""
        while not self._framing.head():
            await self._more()
        self.status = self._framing.status

    async def read(self) -> bytes:
        """As `Reply.read`."""
        while not (piece := self._framing.take()) and not self._framing.done:
            await self._more()
        return piece

    def stirs(self) -> bool:
        """As `Reply.stirs`."""
        return not self._is_over and self._connection.socket.stirs()

    def leave(self) -> None:
        """As `Reply.leave`."""
        if not self._is_over and self._framing.status and self._framing.keeps:
            self._is_over = True
            self._plain.give_back(self._connection)
        else:
            self.drop()

    def drop(self) -> None:
        """As `Reply.drop`."""
        if not self._is_over:
            self._is_over = True
            self._plain.close(self._connection)

    async def _more(self) -> None:
        try:
            data = await self._connection.stream.receive()
        except anyio.EndOfStream:
            data = b""
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
            raise Lost(f"broke off: {words(error)}") from None
        self._framing.feed(data)
