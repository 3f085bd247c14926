"""HTTP to one server: requests to its own address, with the headers that the operator gave for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

from toolpost_upstream.servers import Server
from toolpost_upstream.wires.reply import Carrier, Reply
from toolpost_upstream.wires.wire import Denied, Lost, Unsent, WireError

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

    async def send(
        self, method: str, headers: Mapping[str, str], content: bytes | None = None, url: str | None = None
    ) -> Reply:
        """A response whose body is yet to be read; one that sends us elsewhere on the same server is followed.

        Raises:
            Unsent: the server was not reached.
            Lost: it may have been, and did not answer.
        """
        target = url or self._url
        fields = {**self._given, **headers}
        for _ in range(REDIRECTS):
            reply = await self._carrier.send(method, target, fields, content)
            following = urljoin(target, reply.headers.get("location", ""))
            if reply.status not in (307, 308) or not _is_same(target, following):
                break
            await reply.aclose()
            target = following
        return reply

    async def aclose(self) -> None:
        """Close all connections."""
        await self._carrier.aclose()


async def body(reply: Reply, limit: int) -> bytes:
    """The whole body; raises `Lost` if it is too long or breaks off."""
    found = bytearray()
    async for piece in reply.pieces:
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
            return Unsent("has forgotten the session")
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
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else None


def _carrier(server: Server, auth: httpx2.Auth | None) -> Carrier:
    """The cheapest that can do what is needed."""
    if auth is not None or getproxies():
        from toolpost_upstream.wires.signed import Signed

        return Signed(server.start_timeout, auth)
    from toolpost_upstream.wires.plain import Plain

    return Plain(server.url, server.start_timeout)


def _is_same(ours: str, theirs: str) -> bool:
    """Whether an address is on the same server: what the operator gave for it goes nowhere else."""
    try:
        here, there = urlsplit(ours), urlsplit(theirs)
    except ValueError:
        return False
    return ours != theirs and (here.scheme, here.netloc) == (there.scheme, there.netloc)
