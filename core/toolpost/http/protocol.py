"""The connection itself: what comes too slowly, too much or from too many is cut off before any of it is a request."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from toolpost.config.tables import Http

# Bytes of a request's head: twice what common proxies let through.
HEAD_BYTES = 65_536
# Bytes a second below which a body counts as dribbling, once it has had its patience.
SLOWEST = 4_096
# Where a request finds its connection in the ASGI scope.
CONNECTION = "toolpost.connection"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Doorkeeper:
    """Counts the connections of all addresses, and looks at each now and then: no timer for every request."""

    def __init__(self, settings: Http, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.connections: set[Connection] = set()
        self.by_address: Counter[str] = Counter()

    def admits(self, connection: Connection) -> bool:
        """Whether there is room for one more."""
        address = connection.address
        return (
            len(self.connections) < self.settings.connections
            and self.by_address[address] < self.settings.connections_per_address
        )

    def enters(self, connection: Connection) -> None:
        """It is counted from now on."""
        self.connections.add(connection)
        self.by_address[connection.address] += 1

    def leaves(self, connection: Connection) -> None:
        """It is counted no longer."""
        if connection in self.connections:
            self.connections.discard(connection)
            self.by_address[connection.address] -= 1
            self.by_address += Counter()  # forgets addresses without any

    def sweep(self) -> None:
        """Cut off all that have kept us waiting too long."""
        now = self.clock()
        for connection in [one for one in self.connections if one.overdue(now)]:
            connection.cut_off()


class Connection(HttpToolsProtocol):
    """One client's connection; `lost` is called when it closes while a request is under way."""

    doorkeeper: Doorkeeper

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.lost: Callable[[], object] | None = None
        self._head: int | None = 0
        self._since: float | None = self.doorkeeper.clock()
        self._body = 0
        self._stuck: float | None = None
        if not self.doorkeeper.admits(self):
            transport.write(BUSY)
            transport.close()
            return
        self.doorkeeper.enters(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorkeeper.leaves(self)
        super().connection_lost(exc)
        if self.lost is not None:
            self.lost()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._head is not None:
            if self._since is None:
                self._since = self.doorkeeper.clock()
            self._head += len(data)
            if self._head > HEAD_BYTES and self._head > len(data) + HEAD_BYTES // 2:
                self.transport.write(TOO_LARGE)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # more than ASGI names
        scope[CONNECTION] = self
        self._body = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        # What came in one read is counted here, and cannot have been cut off there.
        self._body += len(name) + len(value)
        if self._body > HEAD_BYTES or len(self.headers) >= 200:
            raise ValueError("the head of this request is too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head, self._body = None, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        # The next one on this connection has its time from its first byte on.
        self._head, self._since = 0, None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # A body that nobody wanted may never end, and what follows it is no request.
        if self.cycle.more_body and not self.transport.is_closing():
            self.transport.close()

    def pause_writing(self) -> None:
        self._stuck = self.doorkeeper.clock()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck = None
        super().resume_writing()

    def overdue(self, now: float) -> bool:
        """Whether a head, a body or a reader has kept us waiting too long."""
        patience = self.doorkeeper.settings.patience
        if self._stuck is not None and now - self._stuck > 3 * patience:
            return True
        return self._since is not None and now - self._since > patience + self._body / SLOWEST

    def cut_off(self) -> None:
        """Close it; a client that has not been answered is told why."""
        if self.cycle is None or not self.cycle.response_started:
            self.transport.write(TOO_SLOW)
        if self._stuck is not None:
            self.transport.abort()
        else:
            self.transport.close()
