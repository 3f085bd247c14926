"""The host as a server of the SDK's own kind: for clients in memory, and for what mounts it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.server.models import InitializationOptions
from mcp_types import ServerCapabilities

from toolpost import __version__
from toolpost.deferred import watch
from toolpost.host import Host
from toolpost.server.offer import HINTS, NAME, Offer

watch("mcp")


class HostServer(Server[Any]):
    """The SDK's server, which asks an `Offer` for all that it serves; `offer.listening.close()` ends its streams."""

    def __init__(self, offer: Offer) -> None:
        # Without a schema to look at, the SDK runs the whole `tools/list` before each call that brings headers.
        schema = offer.handlers.schema
        super().__init__(NAME, version=__version__, lifespan=_lifespan, get_tool_input_schema=schema, cache_hints=HINTS)
        self.offer = offer
        self.middleware = offer.middleware
        self.extensions = offer.extensions

    def get_request_handler(self, method: str) -> Any:
        """Who answers a method."""
        return self.offer.get_request_handler(method)

    def get_notification_handler(self, method: str) -> Any:
        """Who hears a notification."""
        return self.offer.get_notification_handler(method)

    def create_initialization_options(self, *given: Any, **named: Any) -> InitializationOptions:
        """What `initialize` answers."""
        return self.offer.create_initialization_options()

    def get_capabilities(self, *given: Any, **named: Any) -> ServerCapabilities:
        """What can be asked for now."""
        return self.offer.capabilities


def mcp_server(host: Host, state_keys: Sequence[str] = ()) -> HostServer:
    """An SDK server that offers what the host has, in both eras; `state_keys` as in `Offer`."""
    return HostServer(Offer(host, state_keys))


@asynccontextmanager
async def _lifespan(server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
    assert isinstance(server, HostServer)
    async with server.offer.watching.running():
        yield {}
