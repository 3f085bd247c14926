"""What comes back over HTTP, and who brings it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

# Connections to one server, and those that are kept though nobody uses them.
CONNECTIONS, IDLE = 200, 20


class Reply(Protocol):
    """A response that is still to come; who waits for it may be cancelled and wait again, and nothing is lost.

    `status` is 0 until `head` has returned; names of `headers` are in small letters.
    """

    status: int
    headers: Mapping[str, str]

    async def head(self) -> None:
        """Wait for status and headers; raises `WireError`."""
        ...

    async def read(self) -> bytes:
        """The next piece of the body, b"" at its end; raises `Lost`."""
        ...

    def stirs(self) -> bool:
        """Whether more of it may have come than was read; this waits for nothing, and reads nothing."""
        ...

    def leave(self) -> None:
        """Let go of it: what has all been read, or soon will have come, leaves its connection to others."""
        ...

    def drop(self) -> None:
        """Let go of it, and of its connection, so that the server sees that nobody waits."""
        ...


class Carrier(Protocol):
    """Sends requests."""

    async def begin(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """Send a request; raises `Unsent` or `Lost`."""
        ...

    async def run(self) -> None:
        """What must run beside it."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


async def pieces(reply: Reply) -> AsyncIterator[bytes]:
    """The body, piece by piece."""
    while piece := await reply.read():
        yield piece


def kind(reply: Reply) -> str:
    """What a response says that it is."""
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def words(error: Exception) -> str:
    """What went wrong, without addresses, which may hold keys."""
    cause = error.__cause__ or error
    text = str(cause) or type(cause).__name__
    return type(cause).__name__ if "://" in text else text[:200]
