"""What the SDK's kernel asks of a server, and no more.

The SDK's own `Server` also builds HTTP applications, and its module imports
every framework for that: 50 of the 350 ms that a start took, for nothing
where a client sits at the other end of two pipes (`bench/README.md`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.models import InitializationOptions
from mcp_types import (
    CompletionsCapability,
    DiscoverResult,
    EmptyResult,
    Implementation,
    LoggingCapability,
    PromptsCapability,
    RequestParams,
    ResourcesCapability,
    ServerCapabilities,
    ToolsCapability,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel

from toolpost import __version__
from toolpost.host import Host
from toolpost.server import wire
from toolpost.server.answering import Answering
from toolpost.server.calls import Calls
from toolpost.server.entries import Handler, notifications, requests
from toolpost.server.handlers import Handlers, contained
from toolpost.server.listing import Lists
from toolpost.server.seal import Seal
from toolpost.server.watching import Watching

if TYPE_CHECKING:
    from toolpost.server.listening import Listening

NAME = "toolpost"
# How long a client may take a list for fresh, in milliseconds, and that it is for its own eyes only.
LISTED = CacheHint(ttl_ms=60_000, scope="private")
HINTS: dict[CacheableMethod, CacheHint] = {
    "tools/list": LISTED,
    "resources/list": LISTED,
    "resources/templates/list": LISTED,
    "prompts/list": LISTED,
    "resources/read": CacheHint(),
}


class Entry(NamedTuple):
    """Who answers a method, and what its parameters are."""

    params_type: type[BaseModel]
    handler: Handler


class Offer:
    """The host's requests, capabilities and name, as `mcp.server.runner` looks them up.

    `state_keys` seal what clients of 2026-07-28 carry from one round of a
    call to the next; without any, a key of this process does.
    """

    cache_hints = HINTS

    def __init__(self, host: Host, state_keys: Sequence[str] = ()) -> None:
        self._host = host
        self._answering = Answering(host)
        self.handlers = Handlers(host, self._answering)
        self.watching = Watching(host)
        found = requests(self.handlers, self.watching, self._listen, self._complete)
        self._requests = {method: Entry(*entry) for method, entry in found.items()}
        self._requests["ping"] = Entry(RequestParams, _ping)
        self._requests["server/discover"] = Entry(RequestParams, self._discover)
        self._notifications = {method: Entry(*entry) for method, entry in notifications(self.watching).items()}
        self.server_info_stamp: dict[str, Any] = {"name": NAME, "version": __version__}
        self.middleware: list[Any] = [
            contained,
            Lists(host),
            Seal(state_keys),
            Calls(self.handlers.call, self.server_info_stamp),
        ]
        if is_traced():
            from mcp.server._otel import OpenTelemetryMiddleware

            self.middleware.insert(0, OpenTelemetryMiddleware())

    @cached_property
    def listening(self) -> Listening:
        """The streams of clients of 2026-07-28, made for the first of them."""
        from toolpost.server.listening import Listening

        return Listening(self._host)

    def get_request_handler(self, method: str) -> Entry | None:
        """Who answers a method, if the host has what it asks for."""
        return self._requests.get(method) if self._serves(method.partition("/")[0]) else None

    def get_notification_handler(self, method: str) -> Entry | None:
        """Who hears a notification."""
        return self._notifications.get(method)

    def create_initialization_options(self) -> InitializationOptions:
        """What `initialize` answers."""
        return InitializationOptions(server_name=NAME, server_version=__version__, capabilities=self.capabilities)

    @property
    def capabilities(self) -> ServerCapabilities:
        """What can be asked for now."""
        return ServerCapabilities(
            tools=ToolsCapability(list_changed=True),
            resources=ResourcesCapability(subscribe=True, list_changed=True) if self._serves("resources") else None,
            prompts=PromptsCapability(list_changed=True) if self._serves("prompts") else None,
            completions=CompletionsCapability() if self._serves("completion") else None,
            logging=LoggingCapability(),
            extensions=self.extensions or None,
        )

    @property
    def extensions(self) -> dict[str, dict[str, Any]]:
        """The extensions of the protocol that are served: pages, where a plugin has one."""
        return {wire.APPS: {}} if wire.pages(self._host.resources) else {}

    @property
    def server_info(self) -> Implementation:
        """The name and version of this server."""
        return Implementation(name=NAME, version=__version__)

    def _serves(self, kind: str) -> bool:
        match kind:
            case "resources":
                return bool(self._host.resources)
            case "prompts":
                return bool(self._host.prompts)
            case "completion":
                prompts, resources = self._host.prompts.values(), self._host.resources
                return any(one.complete for one in prompts) or any(one.complete for one in resources)
        return True

    async def _listen(self, ctx: Any, params: Any) -> Any:
        return await self.listening(ctx, params)

    async def _complete(self, ctx: Any, params: Any) -> Any:
        # Clients complete while a person types, long after the start.
        from toolpost.server.completing import complete

        return await complete(self._host, self._answering, ctx, params)

    async def _discover(self, ctx: Any, params: Any) -> DiscoverResult:
        return DiscoverResult(supported_versions=list(MODERN_PROTOCOL_VERSIONS), capabilities=self.capabilities)


def is_traced() -> bool:
    """Whether anything would receive the spans that the SDK makes for each message."""
    from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

    return not isinstance(get_tracer_provider(), ProxyTracerProvider) or "OTEL_PYTHON_TRACER_PROVIDER" in os.environ


async def _ping(ctx: Any, params: Any) -> EmptyResult:
    return EmptyResult()
