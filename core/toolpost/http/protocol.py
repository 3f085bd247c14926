"""The connection itself: what comes too slowly, too much or in no form is cut off before any of it is a request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from toolpost.http.door import Door
from toolpost.http.doorkeeper import Doorkeeper, neighbourhood
from toolpost.http.refusal import Refusal, as_bytes

# Bytes of a request's head: twice what common proxies let through. And how many headers.
HEAD_BYTES, HEADERS = 65_536, 200
# A chunk of one byte takes six on the wire.
AROUND_A_BYTE = 8
# Bytes a second below which a body or a reader counts as dribbling, once it has had its patience.
SLOWEST = 4_096
# Seconds in which a client may finish what it was saying when we have closed our side.
LINGERING = 2.0
# Where a request finds its connection in the ASGI scope.
CONNECTION = "toolpost.connection"
TOO_SLOW = "this request did not arrive in time"
TOO_LARGE = "the head of this request is too large"
UPGRADE = re.compile(rb"^(?:upgrade|http2-settings)(?=:)", re.IGNORECASE | re.MULTILINE)
NO_REQUEST = "this is no HTTP request that can be read in one way only"


class Connection(HttpToolsProtocol):
    """One client's connection; `lost` is called when it closes while a request is under way.

    Of a request in the making it knows since when (`_since`), how much body
    there was, and how much around it.
    """

    doorkeeper: Doorkeeper

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.door = Door(transport)
        super().connection_made(self.door)  # type: ignore[arg-type]  # it has all that uvicorn asks for
        self.address = neighbourhood(self.client[0]) if self.client else ""
        self.lost: Callable[[], object] | None = None
        self._is_counted = self.doorkeeper.admits(self)
        self._complete = self._body = self._around = self._head = 0
        self._is_in_body = False
        self._since: float | None = self.doorkeeper.clock()
        self._stuck: tuple[float, int] | None = None
        self._lingers_since = 0.0
        if self._is_counted:
            self.doorkeeper.enters(self)
        else:
            self._end(503, "there are too many connections; come back later", (b"retry-after", b"1"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_counted:
            self.doorkeeper.leaves(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves it where the client reset the connection
        self._leave()

    def data_received(self, data: bytes) -> None:
        if self.door.is_closing():
            return
        if not self.door.is_amid:
            self._begin()
        if not self._is_in_body and b"pgrade:" in data:
            data = _without_upgrade(data)
        complete, body = self._complete, self._body
        super().data_received(data)
        if self._complete != complete:
            self._around = 0
            return
        self._around += len(data) - (self._body - body)
        if self._around > HEAD_BYTES + AROUND_A_BYTE * self._body:
            self._end(431, TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # more than ASGI names
        scope[CONNECTION] = self
        if not self.door.is_amid:
            self._begin()
        self._body = self._head = 0

    def on_url(self, url: bytes) -> None:
        self._head += len(url)
        if self._head > HEAD_BYTES:
            raise ValueError(TOO_LARGE)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes after the body is none of the headers that routes were chosen by (RFC 9110, section 6.5).
        if self._is_in_body:
            return
        self._head += len(name) + len(value)
        if self._head > HEAD_BYTES or len(self.headers) >= HEADERS:
            raise ValueError(TOO_LARGE)
        # The parser leaves spaces behind a value, which are not of it (RFC 9110, section 5.5).
        super().on_header(name, value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        # Of a whole URL, another reader would take the host (RFC 9112, section 3.2.2).
        if not self.url.startswith(b"/"):
            raise ValueError(NO_REQUEST)
        self._is_in_body = True
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # What was not seen in time: the parser reads nothing more after such a request.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)
        # What is left of a body that nobody wanted is dropped, within the bounds of one that somebody would.
        if self.cycle.response_complete and self._body > self.doorkeeper.body_bytes:
            self.door.close()

    def on_message_complete(self) -> None:
        self._complete += 1
        self._is_in_body = self.door.is_amid = False
        # The next one on this connection has its time from its first byte on.
        self._since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._lingers_since = self.doorkeeper.clock() if self.door.lingers else 0.0

    def send_400_response(self, msg: str) -> None:
        self._end(400, NO_REQUEST)

    def pause_writing(self) -> None:
        self._stuck = (self.doorkeeper.clock(), self.door.get_write_buffer_size())
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck = None
        super().resume_writing()

    def shutdown(self) -> None:
        # A connection without a request need not be told why.
        if self.cycle is None or self.cycle.response_complete:
            self.door.shut()
        else:
            super().shutdown()

    def is_overdue(self, now: float) -> bool:
        """Whether a head, a body or a reader has kept us waiting too long."""
        if self.door.lingers:
            return now - self._lingers_since > LINGERING
        patience = self.doorkeeper.patience
        if self._stuck is not None:
            since, waiting = self._stuck
            return now - since > 3 * patience + (waiting - self.door.get_write_buffer_size()) / SLOWEST
        if self._since is None:
            return False
        if self.flow.read_paused:
            # It is we who do not read.
            self._since = now
        return now - self._since > patience + self._body / SLOWEST

    def cut_off(self) -> None:
        """Close it; a client that has not been answered is told why."""
        if self.door.lingers:
            self.door.shut()
        elif self._stuck is not None:
            self.door.abort()
        else:
            self._end(408, TOO_SLOW)
        self._leave()

    def _begin(self) -> None:
        self.door.is_amid = True
        if self._since is None:
            self._since = self.doorkeeper.clock()

    def _end(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        """Say why, where that cannot be taken for the answer to another request, and close."""
        cycle = self.cycle
        is_next = self._is_in_body and cycle is not None and not cycle.response_started and not self.pipeline
        if cycle is None or cycle.response_complete or is_next:
            self.door.write(as_bytes(Refusal(status, text, headers=headers)))
        self.door.close()
        self._lingers_since = self.doorkeeper.clock()

    def _leave(self) -> None:
        """Whoever works for this client may stop."""
        if self.lost is not None:
            self.lost()


def _without_upgrade(data: bytes) -> bytes:
    """The beginning of a request that does not ask for another protocol.

    A server may ignore that it does (RFC 9110, section 7.8). The parser would
    not, and take the body for words of that protocol: Java's own client asks
    for HTTP/2 so, in each first request.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return UPGRADE.sub(b"x-ignored", head) + end + rest
