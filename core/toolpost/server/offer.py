"""What the SDK's kernel asks of a server, and no more.

The SDK's own `Server` also builds HTTP applications, and its module imports
every framework for that: 50 of the 350 ms that a start took, for nothing
where a client sits at the other end of two pipes (`bench/README.md`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.models import InitializationOptions
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
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
from toolpost.server.tasks import TASKS, tickets_of
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

        return Listening(self._host, self.handlers)

    def get_request_handler(self, method: str) -> Entry | None:
        """Who answers a method, if the host has what it asks for."""
        kind = method.partition("/")[0]
        if kind == "tasks":
            return self._tasks.get(method) if self._serves(kind) else None
        return self._requests.get(method) if self._serves(kind) else None

    def get_notification_handler(self, method: str) -> Entry | None:
        """Who hears a notification."""
        return self._notifications.get(method)

    def create_initialization_options(self) -> InitializationOptions:
        """What `initialize` answers."""
        # A result of the older era is complete, and never a task.
        capabilities = self._capabilities({name: {} for name in self.extensions if name != TASKS})
        return InitializationOptions(server_name=NAME, server_version=__version__, capabilities=capabilities)

    @cached_property
    def _tasks(self) -> dict[str, Entry]:
        return {method: Entry(*entry) for method, entry in self.handlers.tasks.entries.items()}

    @property
    def capabilities(self) -> ServerCapabilities:
        """What can be asked for now, by clients of 2026-07-28."""
        return self._capabilities(self.extensions)

    def _capabilities(self, extensions: dict[str, dict[str, Any]]) -> ServerCapabilities:
        return ServerCapabilities(
            tools=ToolsCapability(list_changed=True),
            resources=ResourcesCapability(subscribe=True, list_changed=True) if self._serves("resources") else None,
            prompts=PromptsCapability(list_changed=True) if self._serves("prompts") else None,
            completions=CompletionsCapability() if self._serves("completion") else None,
            logging=LoggingCapability(),
            extensions=extensions or None,
        )

    @property
    def extensions(self) -> dict[str, dict[str, Any]]:
        """The extensions of the protocol that are served: pages, and tasks where they are kept."""
        served = {wire.APPS: bool(wire.pages(self._host.resources)), TASKS: self._serves("tasks")}
        return {name: {} for name, is_served in served.items() if is_served}

    def outlives(self, message: Mapping[str, Any]) -> bool:
        """Whether a call may outlive the request in this message, so that it goes the SDK's way."""
        params = message.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        tool = self._host.tools.get(name) if isinstance(name, str) else None
        if tool is None or tool.outlives == "never" or not self._serves("tasks"):
            return False
        return tool.outlives == "required" or _knows_tasks(params)

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
            case "tasks":
                return tickets_of(self._host) is not None
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


def _knows_tasks(params: Any) -> bool:
    """Whether the envelope of a request declares the extension, as far as can be seen at a glance."""
    meta = params.get("_meta")
    capabilities = meta.get(CLIENT_CAPABILITIES_META_KEY) if isinstance(meta, dict) else None
    extensions = capabilities.get("extensions") if isinstance(capabilities, dict) else None
    return isinstance(extensions, dict) and TASKS in extensions


async def _ping(ctx: Any, params: Any) -> EmptyResult:
    return EmptyResult()
