"""HTTP to one server: requests to its own address, with the headers that the operator gave for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from toolpost_upstream.servers.server import Server
from toolpost_upstream.wires.reply import Carrier, Reply, pieces
from toolpost_upstream.wires.wire import Absent, Denied, Lost, Unsent, WireError

if TYPE_CHECKING:
    import httpx2

REDIRECTS = 3
# The longest that a server may have us wait before the next attempt.
LONGEST = 60.0


class Door:
    """A client of one origin. Nothing of a caller's request comes through here."""

    def __init__(self, server: Server, auth: httpx2.Auth | None) -> None:
        self._url = server.url
        self._given = {name.lower(): value.get_secret_value() for name, value in server.headers.items()}
        self._given.setdefault("user-agent", "toolpost")
        self._carrier = _carrier(server, auth)

    async def run(self) -> None:
        """What must run for anything to be sent."""
        await self._carrier.run()

    async def begin(
        self, method: str, headers: Mapping[str, str], content: bytes | None = None, url: str | None = None
    ) -> Reply:
        """Send a request; what comes back is still to come.

        Raises:
            Unsent: the server was not reached.
            Lost: it may have been.
        """
        errand = Errand(self._carrier, method, {**self._given, **headers}, content)
        await errand.begin(url or self._url)
        return errand

    async def send(
        self, method: str, headers: Mapping[str, str], content: bytes | None = None, url: str | None = None
    ) -> Reply:
        """A response whose body is yet to be read; raises as `begin`."""
        reply = await self.begin(method, headers, content, url)
        try:
            await reply.head()
        except BaseException:
            reply.drop()
            raise
        return reply

    async def aclose(self) -> None:
        """Close all connections."""
        await self._carrier.aclose()


class Errand:
    """A request and its reply; one that is sent elsewhere on the same server goes there."""

    def __init__(self, carrier: Carrier, method: str, headers: Mapping[str, str], content: bytes | None) -> None:
        self._carrier, self._method, self._fields, self._content = carrier, method, headers, content
        self._left = REDIRECTS
        self._reply: Reply
        self.status = 0
        self.headers: Mapping[str, str] = {}

    async def begin(self, url: str) -> None:
        """Send it to an address."""
        self._url = url
        self._reply = await self._carrier.begin(self._method, url, self._fields, self._content)

    async def head(self) -> None:
        """As `Reply.head`."""
        await self._reply.head()
        while self._left and self._reply.status in (307, 308):
            following = _following(self._url, self._reply.headers.get("location", ""))
            if not following:
                break
            self._reply.leave()
            self._left -= 1
            await self.begin(following)
            await self._reply.head()
        self.status, self.headers = self._reply.status, self._reply.headers

    async def read(self) -> bytes:
        """As `Reply.read`."""
        return await self._reply.read()

    def stirs(self) -> bool:
        """As `Reply.stirs`."""
        return self._reply.stirs()

    def leave(self) -> None:
        """As `Reply.leave`."""
        self._reply.leave()

    def drop(self) -> None:
        """As `Reply.drop`."""
        self._reply.drop()


async def body(reply: Reply, limit: int) -> bytes:
    """The whole body; raises `Lost` if it is too long or breaks off."""
    found = bytearray()
    async for piece in pieces(reply):
        found += piece
        if len(found) > limit:
            raise Lost(f"sent more than {limit} bytes")
    return bytes(found)


def refused(reply: Reply, has_session: bool) -> WireError:
    """What a status means that is no success, and has no message of the protocol in its body."""
    match reply.status:
        case 401 | 403:
            return Denied(f"asks for credentials that it has not been given (HTTP {reply.status})")
        case 404 if has_session:
            return Absent("has forgotten the session")
        case 429 | 503:
            return Unsent(f"has no time (HTTP {reply.status})", retry_after(reply.headers.get("retry-after")))
        case _ if 300 <= reply.status < 400:
            return Denied(f"is somewhere else (HTTP {reply.status}); set its url to that address")
        case _ if reply.status < 500:
            return Denied(f"does not take this request (HTTP {reply.status})")
    return Lost(f"failed (HTTP {reply.status})")


def retry_after(text: str | None) -> float | None:
    """Seconds out of a `Retry-After`, a number or a date, within what is sensible."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        from datetime import UTC, datetime
        from email.utils import parsedate_to_datetime

        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else None


def _carrier(server: Server, auth: httpx2.Auth | None) -> Carrier:
    """The cheapest that can do what is needed."""
    if auth is not None or _has_proxy(server.url):
        from toolpost_upstream.wires.signed import Signed

        return Signed(server.start_timeout, auth)
    from toolpost_upstream.wires.plain import Plain

    return Plain(server.url, server.start_timeout)


def _has_proxy(url: str) -> bool:
    if sys.platform not in ("darwin", "win32") and not any(name.lower().endswith("_proxy") for name in os.environ):
        return False
    # Takes as long to import as all else here.
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    return bool(getproxies().keys() & {parts.scheme, "all"}) and not proxy_bypass(parts.hostname or "")


def _following(ours: str, location: str) -> str:
    """The address on the same server, "" for any other: what the operator gave for it goes nowhere else."""
    try:
        theirs = urljoin(ours, location)
        here, there = urlsplit(ours), urlsplit(theirs)
    except ValueError:
        return ""
    return theirs if ours != theirs and (here.scheme, here.netloc) == (there.scheme, there.netloc) else ""
