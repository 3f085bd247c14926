"""`toolpost serve --http`: from the socket to the last answer."""

from __future__ import annotations

import gc
import logging
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, NoReturn

import anyio
import uvicorn

from toolpost.config.load import Config
from toolpost.config.tables import Http
from toolpost.errors import ConfigError
from toolpost.host import Host
from toolpost.http.access import record
from toolpost.http.application import application
from toolpost.http.bearer import Bearer
from toolpost.http.caller import Loopback, Verifier
from toolpost.http.edge import Edge
from toolpost.http.mcp import MCP
from toolpost.http.names import Names, bracketed, is_loopback
from toolpost.http.operations import operations
from toolpost.http.protocol import Connection, Doorkeeper
from toolpost.plugins.assemble import assemble
from toolpost.server.endings import arm, flush, leave, signals

log = logging.getLogger("toolpost.http")
# Seconds after the grace period in which plugins may close what they hold open.
CLOSING = 2.0


def serve(config: Config, gather: Callable[[Config], Host] = assemble, say: Callable[[str], None] = print) -> NoReturn:
    """Serve until a signal comes, then end the process with status 0; `say` is told the address.

    Raises:
        ConfigError: the address cannot be listened at, or may not without authentication.
    """
    settings = config.http
    verifier = verifier_of(settings)
    with signals(config.server.grace + CLOSING + 1) as arrived:
        listener = listen(settings)
        host = gather(config)
        gc.freeze()
        gc.enable()
        run = partial(_run, host, config, verifier, listener, arrived, say)
        anyio.run(run, backend_options={"use_uvloop": has_uvloop()})
        flush()
        leave(0)


def verifier_of(settings: Http) -> Verifier:
    """Who tells who calls.

    Raises:
        ConfigError: the server would be open to others without authentication.
    """
    if settings.tokens:
        return Bearer.of(settings.tokens.values())
    if not is_loopback(settings.host):
        raise ConfigError(
            f"[http] host: {settings.host} is reached from other machines, and nobody would be asked for a token; "
            "run `toolpost tokens add NAME` first, or listen at 127.0.0.1"
        )
    return Loopback()


def listen(settings: Http) -> socket.socket:
    """The socket to accept at.

    Raises:
        ConfigError: somebody else listens there, or the address is not this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"[http] {settings.host}:{settings.port} cannot be listened at: {error.strerror or error}; "
            "end what listens there, or choose another --port"
        ) from None


def edge_of(host: Host, config: Config, verifier: Verifier, mcp: MCP) -> Edge:
    """The whole application."""
    settings = config.http
    scheme = "https" if settings.certificate else "http"
    challenge = b'Bearer realm="toolpost"'
    routes = [
        *operations(host, config),
        *((name, one) for name, some in host.registry.routes().items() for one in some),
    ]
    return Edge(
        names=Names.of(settings.host, settings.hosts, settings.origins, scheme),
        verifier=verifier,
        challenge=challenge,
        body_bytes=settings.body_bytes,
        path=settings.path,
        mcp=mcp,
        other=application(host, routes, challenge),
        record=record if settings.access_log else None,
    )


async def _run(
    host: Host,
    config: Config,
    verifier: Verifier,
    listener: socket.socket,
    arrived: int,
    say: Callable[[str], None],
) -> None:
    settings = config.http
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(host)
        mcp = MCP(host, settings)
        await stack.enter_async_context(mcp.running())
        server = uvicorn_server(edge_of(host, config, verifier, mcp), config)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_sweep, server.doorkeeper)
            tasks.start_soon(_stop_at, arrived, server, config.server.grace)
            say(f"toolpost serves MCP at {url_of(settings, listener)}")
            await server.serve(sockets=[listener])
            tasks.cancel_scope.cancel()


def url_of(settings: Http, listener: socket.socket) -> str:
    """The address that clients connect to."""
    scheme = "https" if settings.certificate else "http"
    host = "localhost" if is_loopback(settings.host) else bracketed(settings.host)
    return f"{scheme}://{host}:{listener.getsockname()[1]}{settings.path}"


class Server(uvicorn.Server):
    """uvicorn's server; signals are ours, and connections are watched."""

    def __init__(self, config: uvicorn.Config, doorkeeper: Doorkeeper) -> None:
        super().__init__(config)
        self.doorkeeper = doorkeeper

    def capture_signals(self) -> Any:
        """None: `endings.signals` holds them, even while a plugin blocks the loop."""
        from contextlib import nullcontext

        return nullcontext()


def uvicorn_server(app: Edge, config: Config) -> Server:
    """The server of an application, at the settings of `[http]`."""
    settings = config.http
    doorkeeper = Doorkeeper(settings, time.monotonic)
    watched = type("WatchedConnection", (Connection,), {"doorkeeper": doorkeeper})
    return Server(
        uvicorn.Config(
            app,
            http=watched,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=int(max(5, settings.patience)),
            timeout_graceful_shutdown=max(1, round(config.server.grace)),
            ssl_certfile=settings.certificate or None,
            ssl_keyfile=settings.key or None,
        ),
        doorkeeper,
    )


async def _sweep(doorkeeper: Doorkeeper) -> None:
    while True:
        await anyio.sleep(1)
        doorkeeper.sweep()


async def _stop_at(arrived: int, server: Server, grace: float) -> None:
    await anyio.wait_readable(arrived)
    arm(grace + CLOSING)
    server.should_exit = True


def has_uvloop() -> bool:
    """Whether the faster event loop is installed; there is none for Windows."""
    from importlib.util import find_spec

    return find_spec("uvloop") is not None
