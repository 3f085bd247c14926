"""uvicorn's server, with connections that are watched, and an end that keeps its time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from socket import socket
from typing import Any

import anyio
import uvicorn

from toolpost.http.doorkeeper import Doorkeeper
from toolpost.http.front import Front
from toolpost.http.protocol import Connection

# Of the grace period, what is kept for telling those that are not finished.
FAREWELL, AT_MOST = 0.1, 0.5
# Seconds between two looks at whether all has ended.
LOOK = 0.02

Hook = Callable[[], Awaitable[None]]


class Server(uvicorn.Server):
    """Serves what stands behind a front; `closing` is called first of all when it is to end."""

    def __init__(
        self, edge: Front, doorkeeper: Doorkeeper, tls: ssl.SSLContext | None, grace: float, closing: Hook
    ) -> None:
        watched = type("WatchedConnection", (Connection,), {"doorkeeper": doorkeeper})
        super().__init__(
            uvicorn.Config(
                edge,
                http=watched,
                ws="none",
                lifespan="off",
                log_config=None,
                # What strangers send is nothing to warn of.
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_keep_alive=max(5, round(doorkeeper.patience)),
            )
        )
        self._edge, self._doorkeeper, self._tls = edge, doorkeeper, tls
        self._grace, self._closing = grace, closing

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen at these sockets."""
        await self.lifespan.startup()
        loop = asyncio.get_running_loop()
        kind: Any = self.config.http_protocol_class
        protocol = partial(kind, self.config, self.server_state, {})
        patience = self._doorkeeper.patience if self._tls else None
        self.servers = [
            await loop.create_server(protocol, sock=one, ssl=self._tls, ssl_handshake_timeout=patience)
            for one in sockets or ()
        ]
        self.started = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Accept no more, let what is under way finish, and end the rest before the grace period is over."""
        for server in self.servers:
            server.close()
        await self._closing()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        farewell = min(AT_MOST, FAREWELL * self._grace)
        await self._quiet(self._grace - farewell)
        self._edge.end()
        await self._quiet(farewell)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: `endings.signals` holds them, even while a plugin blocks the loop."""
        yield

    async def _quiet(self, seconds: float) -> None:
        """Wait until nobody is connected or answered, but no longer."""
        state = self.server_state
        busy: Sequence[set[Any]] = (state.connections, state.tasks)
        with anyio.move_on_after(seconds):
            while any(busy):  # noqa: ASYNC110 - uvicorn has no event for it
                await anyio.sleep(LOOK)
