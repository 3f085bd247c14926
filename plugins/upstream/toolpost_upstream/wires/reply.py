"""What comes back over HTTP, and who brings it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# Connections to one server, and those that are kept though nobody uses them.
CONNECTIONS, IDLE = 200, 20


@dataclass(frozen=True)
class Reply:
    """A response, its names of headers in small letters, whose body is yet to be read."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncGenerator[bytes, None]
    close: Callable[[], Awaitable[None]]

    async def aclose(self) -> None:
        """Let go of it, read or not."""
        await self.pieces.aclose()
        await self.close()


class Carrier(Protocol):
    """Sends requests."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """A response; raises `Unsent` or `Lost`."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


def words(error: Exception) -> str:
    """What went wrong, without addresses, which may hold keys."""
    cause: Any = error.__cause__ or error
    text = str(cause) or type(cause).__name__
    return type(cause).__name__ if "://" in text else text[:200]
