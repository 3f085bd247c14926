"""The plugin: servers of others, each with a life of its own, and what they offer as toolpost's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from toolpost import Changes, Folders, Gauge, Prompt, Resource, Store, Tool, hookimpl
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.servers.table import Servers

if TYPE_CHECKING:
    import click

    from toolpost.kit import Ailing
    from toolpost_upstream.life.fleet import Fleet
    from toolpost_upstream.life.state import Status
    from toolpost_upstream.offers.offer import Offer
    from toolpost_upstream.servers.server import Server

Seconds = Annotated[float, Field(gt=0, le=86_400)]
# The host gives a plugin ten seconds to open.
Wait = Annotated[float, Field(ge=0, le=8)]
Bytes = Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)]


@dataclass
class Upstream:
    """Offers what MCP servers of others offer, under the same policies as all else.

    `servers` are those of the configuration, `files` name `mcpServers` files
    of other programs. The start waits at most `wait` seconds for those that
    answer; the others come when they do. A server is marked down that offers
    more than `tools_at_most` of a kind, lists more than `list_bytes`, sends a message
    of more than `message_bytes`, or goes on with more than `messages` a second
    that nobody asked for. It is tried again after `retry` seconds and ever
    later, up to `retry_longest`.
    """

    store: Store
    changes: Changes
    folders: Folders | None = None
    servers: Servers = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    wait: Wait = 5.0
    tools_at_most: Annotated[int, Field(ge=1, le=100_000)] = Bounds.tools
    list_bytes: Bytes = Bounds.list_bytes
    message_bytes: Bytes = Bounds.message_bytes
    messages: Annotated[int, Field(ge=1, le=100_000)] = Bounds.messages
    retry: Seconds = Bounds.retry
    retry_longest: Seconds = Bounds.retry_longest

    def __post_init__(self) -> None:
        self._fleet: Fleet | None = None
        self._wanted = ""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [tool for offer in self._offers() for tool in offer.tools]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [resource for offer in self._offers() for resource in offer.resources]

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        return [prompt for offer in self._offers() for prompt in offer.prompts]

    @hookimpl
    def gauges(self) -> Iterable[Gauge]:
        def each(number: Callable[[Status], float]) -> Callable[[], dict[str, float]]:
            return lambda: {status.name: number(status) for status in self.status()}

        up = each(lambda one: one.condition == "up")
        offered, noise = each(lambda one: one.tools), each(lambda one: one.noise)
        return [
            Gauge("toolpost_upstream_up", "Whether a server is connected.", up, "server"),
            Gauge("toolpost_upstream_tools", "Tools that a server offers.", offered, "server"),
            Gauge("toolpost_upstream_noise", "Lines of a server that were no messages.", noise, "server"),
        ]

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        """`toolpost upstream`."""
        from toolpost_upstream.commands import group

        cli.add_command(group(self))

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Connect to all servers at once, and hold them."""
        servers = self.configured()
        if not servers:
            yield
            return
        # What speaks to servers is imported where there are any.
        from toolpost_upstream.life.fleet import Fleet

        self._fleet = Fleet(servers, self.bounds, self)
        try:
            async with self._fleet.sailing(self.wait, self._wanted):
                yield
        finally:
            self._fleet = None

    def expects(self) -> Iterable[str]:
        """Patterns of the names of tools that servers will have."""
        servers = self.configured()
        if not servers:
            return ()
        from toolpost_upstream.offers.names import pattern
        from toolpost_upstream.offers.tools import prefix

        return dict.fromkeys(pattern(prefix(server)) for server in servers)

    def want(self, tool: str) -> None:
        """Connect only to servers that may have this tool: nothing else is asked for."""
        self._wanted = tool

    def absent(self, tool: str) -> tuple[str, float] | None:
        """Which server would have a tool, if that is not up, and in how many seconds it is tried again."""
        return self._fleet.absent(tool) if self._fleet is not None else None

    def configured(self) -> list[Server]:
        """The servers that are switched on, in the order of the configuration, those of files after them."""
        if not self.servers and not self.files:
            return []
        from toolpost_upstream.servers.gathering import gather

        found = gather(self.servers, self.files, self.folders.configuration if self.folders else None)
        return [server for server in found if server.enabled]

    @property
    def bounds(self) -> Bounds:
        """What each server may take."""
        return Bounds(
            tools=self.tools_at_most,
            list_bytes=self.list_bytes,
            message_bytes=self.message_bytes,
            messages=self.messages,
            retry=self.retry,
            retry_longest=self.retry_longest,
        )

    def status(self) -> list[Status]:
        """How it stands with each server; empty where the host does not run."""
        return self._fleet.status() if self._fleet is not None else []

    def ailing_parts(self) -> Iterable[Ailing]:
        """Servers that are down or never rest, for `toolpost://status`, `doctor` and `upstream list`."""
        from toolpost_upstream.life.state import ailing

        return [ailing(status) for status in self.status() if status.condition != "up" or status.restless]

    def _offers(self) -> Iterable[Offer]:
        return self._fleet.offers() if self._fleet is not None else ()
