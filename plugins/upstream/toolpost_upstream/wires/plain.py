"""Connections and no more: what most servers need, at a fifth of what a whole client of HTTP takes for a request."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import anyio
from anyio.abc import ByteStream

from toolpost_upstream.wires.framing import Framing
from toolpost_upstream.wires.incoming import Connection, PlainReply
from toolpost_upstream.wires.reply import CONNECTIONS, IDLE, words
from toolpost_upstream.wires.sockets import Socket, connected
from toolpost_upstream.wires.wire import Absent, Lost, Unsent

# Seconds for which a connection is kept: servers close theirs after five.
KEPT = 4.0
# Addresses whose form in a request is kept.
TARGETS = 32
UNSAFE = "\r\n\0"


class Plain:
    """Connections to one origin; the oldest is asked first, so that the end of its last answer has come."""

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        self._host, self._tls, self._seconds = host, _tls() if parts.scheme == "https" else None, seconds
        self._port = parts.port or (443 if self._tls else 80)
        literal = f"[{host}]" if ":" in host else host
        self._named = f"host: {literal}" + (f":{parts.port}" if parts.port else "")
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._targets: dict[str, str] = {}

    async def begin(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> PlainReply:
        """As `Carrier.begin`."""
        request = self._request(method, url, headers, content)
        connection = await self._kept() or await self._connected()
        connection.framing = Framing()
        reply = PlainReply(self, connection)
        try:
            await connection.stream.send(request)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            self.close(connection)
            raise Lost("broke off") from None
        except BaseException:
            self.close(connection)
            raise
        return reply

    async def run(self) -> None:
        """Nothing."""

    async def aclose(self) -> None:
        """As `Carrier.aclose`."""
        for connection in list(self._all):
            self.close(connection)

    def give_back(self, connection: Connection) -> None:
        """Somebody else may use a connection."""
        if connection in self._all:
            connection.since = time.monotonic()
            self._idle.append(connection)
            if len(self._idle) > IDLE:
                self.close(self._idle[0])

    def close(self, connection: Connection) -> None:
        """It is no more."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        connection.socket.close()

    async def _kept(self) -> Connection | None:
        now = time.monotonic()
        for connection in list(self._idle):
            self._idle.remove(connection)
            try:
                if now - connection.since > KEPT:
                    raise Lost("is old")
                if await connection.is_ready():
                    return connection
            except Lost:
                self.close(connection)
            else:
                self._idle.append(connection)
        return None

    async def _connected(self) -> Connection:
        if len(self._all) - len(self._idle) >= CONNECTIONS:
            raise Unsent(f"has {CONNECTIONS} calls under way", retry_after=1)
        try:
            with anyio.fail_after(self._seconds):
                socket = await connected(self._host, self._port)
                connection = Connection(socket, await self._secured(socket))
        except TimeoutError:
            raise Absent("cannot be reached: it does not answer") from None
        except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            raise Absent(f"cannot be reached: {words(error)}") from None
        self._all.add(connection)
        return connection

    async def _secured(self, socket: Socket) -> ByteStream:
        if self._tls is None:
            return socket
        from anyio.streams.tls import TLSStream

        try:
            return await TLSStream.wrap(
                socket, hostname=self._host, ssl_context=self._tls, server_side=False, standard_compatible=False
            )
        except BaseException:
            socket.close()
            raise

    def _request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
        if url not in self._targets:
            if len(self._targets) >= TARGETS:
                # A server that sends us ever elsewhere.
                self._targets.clear()
            parts = urlsplit(url)
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
            self._targets[url] = path + (f"?{quote(parts.query, safe='/?%:@!$&()*+,;=~')}" if parts.query else "")
        lines = [f"{method} {self._targets[url]} HTTP/1.1", self._named]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if content is not None:
            lines.append(f"content-length: {len(content)}")
        if any(sign in line for line in lines for sign in UNSAFE):
            raise Unsent("cannot be asked: a header has a line break in it")
        return "\r\n".join([*lines, "\r\n"]).encode() + (content or b"")


def _tls() -> ssl.SSLContext:
    import httpx2

    # The SDK's own choice of whom to trust.
    return httpx2.create_ssl_context()
