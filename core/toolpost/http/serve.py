"""`toolpost serve --http`: from the socket to the last answer."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from socket import socket
from ssl import SSLContext
from typing import NoReturn

import anyio

from toolpost.config.load import Config
from toolpost.config.tables import Http
from toolpost.crash import alone
from toolpost.errors import ConfigError
from toolpost.host import Host
from toolpost.http.access import record
from toolpost.http.addresses import addresses, is_private, listen, url_of
from toolpost.http.application import application
from toolpost.http.bearer import Bearer
from toolpost.http.caller import Current, Verifier
from toolpost.http.doorkeeper import Doorkeeper, room
from toolpost.http.edge import Edge
from toolpost.http.form import slashed
from toolpost.http.front import Front
from toolpost.http.loop import loop_options
from toolpost.http.mcp import MCP
from toolpost.http.names import EVERYWHERE, Names, bracketed, is_loopback
from toolpost.http.oauth import metadata
from toolpost.http.operations import operations
from toolpost.http.operations.vitals import Vitals
from toolpost.http.places import sentence
from toolpost.http.server import Server
from toolpost.http.tls import context
from toolpost.http.verifiers import verifier_of
from toolpost.plugins.assemble import Workshop
from toolpost.reload import Reloading, hangups, heeding
from toolpost.server.endings import flush, leave, signals

log = logging.getLogger("toolpost.http")
# Seconds after the grace period in which plugins may close what they hold open.
CLOSING = 1.0
UNNAMED = (
    "other machines are refused until [http] hosts has the names or addresses by which they reach this one, "
    'such as hosts = ["tools.example.com"]'
)


@dataclass
class Ground:
    """What is settled before any plugin is imported: who calls, through what, and where."""

    settings: Http
    verifier: Current
    tls: SSLContext | None
    sockets: list[socket]
    doorkeeper: Doorkeeper
    front: Front | None = None

    @classmethod
    def of(cls, config: Config) -> Ground:
        """The ground of a configuration.

        Raises:
            ConfigError: the address cannot be listened at, or may not without authentication.
        """
        settings = config.http
        places = addresses(settings)
        verifier = verifier_of(settings, is_private=is_private(places))
        tls = context(settings, config.path.parent)
        sockets = listen(settings, places)
        doorkeeper = Doorkeeper(settings, time.monotonic, room(settings.connections))
        return cls(settings, Current(verifier), tls, sockets, doorkeeper)

    def take_up(self, config: Config) -> Callable[[], None]:
        """Prepare the tokens, names and routes of a changed configuration; address, path and files stay as they are."""
        verifier = self._verifier(config)
        own = self.settings
        at_same = replace(config.http, host=own.host, port=own.port, path=own.path)
        taken = replace(config, http=replace(at_same, certificate=own.certificate, key=own.key))

        def take() -> None:
            self.verifier.verifier = verifier
            if self.front is not None:
                self.front.remake(taken)

        return take

    def _verifier(self, config: Config) -> Verifier:
        is_private = all(is_loopback(one.getsockname()[0]) for one in self.sockets)
        try:
            return verifier_of(config.http, is_private=is_private)
        except ConfigError as error:
            # Better nobody than somebody whose token was revoked.
            log.error("nobody is answered from now on: %s", error)
            return Bearer(())


def serve(
    config: Config, gather: Callable[[Config], Host] | None = None, say: Callable[[str], None] = print
) -> NoReturn:
    """Serve until a signal comes, then end the process with status 0; `say` is told the address.

    `gather` makes the host of a configuration that is never taken up anew.

    Raises:
        ConfigError: the address cannot be listened at, or may not without authentication.
    """
    workshop = Workshop()
    with signals(config.server.grace + CLOSING) as arrived, hangups() as changed:
        ground = Ground.of(config)
        host = (gather or workshop.host)(config)
        reloading = Reloading(host, config, workshop, ground.take_up) if gather is None else None
        gc.freeze()
        gc.enable()
        try:
            run = partial(_run, host, config, ground, arrived, say, heeding(reloading, changed, "http"))
            anyio.run(run, backend_options=loop_options())
        except BaseExceptionGroup as group:
            raise alone(group) from None
        flush()
        leave(0)


async def _run(
    host: Host,
    config: Config,
    ground: Ground,
    arrived: int,
    say: Callable[[str], None],
    heeds: AbstractAsyncContextManager[None],
) -> None:
    settings, vitals = config.http, Vitals.of_process()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(host)
        await stack.enter_async_context(heeds)
        mcp = MCP(host, settings, vitals.store)
        await stack.enter_async_context(mcp.running())
        vitals.sessions, vitals.connections = mcp.count, ground.doorkeeper.connections.__len__
        ground.front = Front(lambda config: edge_of(host, config, ground.verifier, mcp, vitals), config)
        server = Server(ground.front, ground.doorkeeper, ground.tls, config.server.grace, mcp.close_streams)
        async with anyio.create_task_group() as tasks:
            vitals.beside = tasks.start_soon
            tasks.start_soon(_sweep, ground.doorkeeper)
            tasks.start_soon(_stop_at, arrived, server, vitals)
            address = url_of(settings, ground.sockets[0])
            say(f"toolpost serves MCP at {address}")
            if elsewhere := sentence(ground.front.routes, address.removesuffix(settings.path)):
                say(f"beside it: {elsewhere}")
            if not settings.hosts and bracketed(settings.host) in EVERYWHERE:
                say(UNNAMED)
            await server.serve(sockets=ground.sockets)
            tasks.cancel_scope.cancel()


def edge_of(host: Host, config: Config, verifier: Verifier, mcp: MCP, vitals: Vitals) -> Edge:
    """The whole application."""
    settings = config.http
    challenge = metadata.challenge(settings)
    routes = [
        *operations(host, config, vitals),
        *metadata.routes(settings),
        *((name, one) for name, some in host.registry.routes().items() for one in some),
    ]
    return Edge(
        names=Names.of(settings.host, settings.hosts, settings.origins, "https" if settings.certificate else "http"),
        verifier=verifier,
        challenge=challenge,
        body_bytes=settings.body_bytes,
        path=settings.path,
        mcp=mcp,
        other=application(host, routes, settings),
        record=record if settings.access_log else None,
        slashed=slashed(route for _, route in routes),
    )


async def _sweep(doorkeeper: Doorkeeper) -> None:
    while True:
        await anyio.sleep(1)
        doorkeeper.sweep()


async def _stop_at(arrived: int, server: Server, vitals: Vitals) -> None:
    await anyio.wait_readable(arrived)
    vitals.stopping = True
    server.should_exit = True
