"""Opens the way to a server, whichever kind it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.children.child import CLOSING, Child
from toolpost_upstream.children.said import Said
from toolpost_upstream.servers.secrets import secrets_of
from toolpost_upstream.servers.server import Server
from toolpost_upstream.wires.wire import Wire, WireError

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True)
class Way:
    """A wire, what must run beside it, and why it has ended, as far as more is known than the wire saw."""

    wire: Wire
    beside: Callable[[], Coroutine[Any, Any, None]]
    explain: Callable[[str], Awaitable[str]]


@asynccontextmanager
async def way(server: Server, bounds: Bounds, auth: httpx2.Auth | None) -> AsyncIterator[Way]:
    """The way to a server, closed with the block.

    Raises:
        WireError: it cannot even be tried.
    """
    opened = _started(server, bounds) if server.transport == "stdio" else _reached(server, bounds, auth)
    async with opened as found:
        yield found


@asynccontextmanager
async def _started(server: Server, bounds: Bounds) -> AsyncIterator[Way]:
    # Only these need what the pipes of the host's own transport need.
    from toolpost_upstream.wires.pipes import Pipes

    child = Child(server)
    said = Said(server.name, child.stderr, secrets_of(server))

    async def explain(seen: str) -> str:
        await child.ended(CLOSING)
        said.drain()
        return child.reason(seen, list(said.last))

    try:
        yield Way(Pipes(child.stdout, child.stdin, bounds), said.run, explain)
    finally:
        with anyio.CancelScope(shield=True):
            await child.stop()


@asynccontextmanager
async def _reached(server: Server, bounds: Bounds, auth: httpx2.Auth | None) -> AsyncIterator[Way]:
    from toolpost_upstream.wires.door import Door
    from toolpost_upstream.wires.http import Http
    from toolpost_upstream.wires.sse import Sse

    try:
        door = Door(server, auth)
    except Exception as error:
        # Whatever a client of HTTP dislikes about an address or a header, with neither in the text.
        raise WireError(f"cannot be asked: {type(error).__name__}") from None
    wire = Sse(door, server.url, bounds) if server.transport == "sse" else Http(door, bounds)
    try:
        yield Way(wire, anyio.lowlevel.checkpoint, _as_seen)
    finally:
        await wire.aclose()


async def _as_seen(seen: str) -> str:
    return seen
