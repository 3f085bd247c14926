"""Connections to public addresses only: what a name resolves to is checked, and the checked address is used."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio
from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

from toolpost_pictures.addresses import is_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host."""

# So that one silent address leaves time for the next.
CONNECT_SECONDS = 5.0


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows for a host; a broken name is one without any."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass
class CheckedNetwork(AsyncNetworkBackend):
    """Connects to a host if all its addresses are public, or if the operator `trusted` it."""

    trusted: bool = False
    resolve: Resolve = resolve
    _network: AsyncNetworkBackend = field(default_factory=AnyIOBackend, init=False)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first checked address that answers; the caller keeps the name for TLS and Host."""
        addresses = await self.resolve(host, port)
        if not self.trusted and not all(map(is_public, addresses)):
            raise ConnectError("an address is not public")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout=CONNECT_SECONDS)
            except (ConnectError, ConnectTimeout):
                continue
        raise ConnectError("no address answers")
