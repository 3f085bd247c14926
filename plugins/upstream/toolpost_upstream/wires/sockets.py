"""Connections to one origin, waited for on the sockets themselves; TLS above them where the address wants it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import anyio
from anyio.abc import ByteStream

CHUNK = 65_536
# Seconds for an address of several, before the next is tried.
EACH = 3.0


class Socket(ByteStream):
    """A connected socket; who waits in `receive` may be cancelled and loses nothing. Without `waits` nobody waits."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw, self.waits = raw, True

    async def receive(self, max_bytes: int = CHUNK) -> bytes:
        """As `ByteReceiveStream.receive`; raises `WouldBlock` where nothing is there, and nobody waits."""
        while True:
            try:
                found = self.raw.recv(max_bytes)
            except (BlockingIOError, InterruptedError):
                if not self.waits:
                    raise anyio.WouldBlock from None
                await anyio.wait_readable(self.raw)
            except OSError as error:
                raise anyio.BrokenResourceError(error.strerror) from None
            else:
                break
        if not found:
            raise anyio.EndOfStream
        return found

    def stirs(self) -> bool:
        """Whether something is there to be received, be it the end; it stays there."""
        try:
            self.raw.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            pass
        return True

    async def send(self, item: bytes) -> None:
        """As `ByteSendStream.send`; at once, where there is room."""
        left = memoryview(item)
        while left:
            try:
                left = left[self.raw.send(left) :]
            except (BlockingIOError, InterruptedError):
                await anyio.wait_writable(self.raw)
            except OSError as error:
                raise anyio.BrokenResourceError(error.strerror) from None

    async def send_eof(self) -> None:
        """As `ByteStream.send_eof`."""
        with suppress(OSError):
            self.raw.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the connection; whoever waits for it is told."""
        if self.raw.fileno() >= 0:
            anyio.notify_closing(self.raw)
            self.raw.close()

    async def aclose(self) -> None:
        """As `close`."""
        self.close()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """None."""
        return {}


async def connected(host: str, port: int) -> Socket:
    """A connection to the first address of a host that answers.

    Raises:
        OSError: none does.
    """
    addresses = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError(errno.EADDRNOTAVAIL, "it has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses, 1):
        raw = socket.socket(family, kind, protocol)
        try:
            with anyio.fail_after(EACH if number < len(addresses) else None):
                await _connect(raw, address)
        except OSError as error:
            raw.close()
            failure = error
        except BaseException:
            raw.close()
            raise
        else:
            return Socket(raw)
    raise failure


async def _connect(raw: socket.socket, address: Any) -> None:
    raw.setblocking(False)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    found = raw.connect_ex(address)
    if found in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        await anyio.wait_writable(raw)
        found = raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if found:
        raise OSError(found, os.strerror(found))
