"""What the SDK's kernel asks of a server, and no more.

The SDK's own `Server` also builds HTTP applications, and its module imports
every framework for that: 50 of the 350 ms that a start took, for nothing
where a client sits at the other end of two pipes (`bench/README.md`).
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.models import InitializationOptions
from mcp_types import (
    DiscoverResult,
    EmptyResult,
    Implementation,
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
from toolpost.server.handlers import Handler, Handlers

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
    """The host's requests, capabilities and name, as `mcp.server.runner` looks them up."""

    cache_hints = HINTS

    def __init__(self, host: Host) -> None:
        handlers = Handlers(host)
        self._requests = {method: Entry(*entry) for method, entry in handlers.requests().items()}
        self._requests["ping"] = Entry(RequestParams, _ping)
        self._requests["server/discover"] = Entry(RequestParams, self._discover)
        self._extensions = handlers.extensions
        self.server_info_stamp: dict[str, Any] = {"name": NAME, "version": __version__}
        self.middleware = handlers.middleware(self.server_info_stamp)
        if is_traced():
            from mcp.server._otel import OpenTelemetryMiddleware

            self.middleware.insert(0, OpenTelemetryMiddleware())

    def get_request_handler(self, method: str) -> Entry | None:
        """Who answers a method."""
        return self._requests.get(method)

    def get_notification_handler(self, method: str) -> None:
        """No notification needs an answer of ours."""

    def create_initialization_options(self) -> InitializationOptions:
        """What `initialize` answers."""
        return InitializationOptions(server_name=NAME, server_version=__version__, capabilities=self.capabilities)

    @property
    def capabilities(self) -> ServerCapabilities:
        """What can be asked for; the lists do not change while this connection lasts."""
        return ServerCapabilities(
            tools=ToolsCapability(list_changed=False),
            resources=ResourcesCapability(subscribe=False, list_changed=False) if self._has("resources") else None,
            prompts=PromptsCapability(list_changed=False) if self._has("prompts") else None,
            extensions=self._extensions or None,
        )

    @property
    def server_info(self) -> Implementation:
        """The name and version of this server."""
        return Implementation(name=NAME, version=__version__)

    def _has(self, kind: str) -> bool:
        return f"{kind}/list" in self._requests

    async def _discover(self, ctx: Any, params: Any) -> DiscoverResult:
        return DiscoverResult(supported_versions=list(MODERN_PROTOCOL_VERSIONS), capabilities=self.capabilities)


def is_traced() -> bool:
    """Whether anything would receive the spans that the SDK makes for each message."""
    from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

    return not isinstance(get_tracer_provider(), ProxyTracerProvider) or "OTEL_PYTHON_TRACER_PROVIDER" in os.environ


async def _ping(ctx: Any, params: Any) -> EmptyResult:
    return EmptyResult()
