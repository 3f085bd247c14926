"""All servers at once: started together, none in the way of another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import anyio

from toolpost.kit import Change
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.life.link import Link
from toolpost_upstream.life.state import Status
from toolpost_upstream.life.telling import Kind, Telling
from toolpost_upstream.oauth import auth_for
from toolpost_upstream.offers.names import pattern
from toolpost_upstream.offers.offer import Offer, Offers
from toolpost_upstream.offers.tools import prefix
from toolpost_upstream.servers.server import Server

if TYPE_CHECKING:
    import httpx2

    from toolpost_upstream.plugin import Upstream

KINDS: tuple[Kind, ...] = ("tools", "resources", "prompts")


class Fleet:
    """Links to all servers, and what they offer together."""

    def __init__(self, servers: Iterable[Server], bounds: Bounds, plugin: Upstream) -> None:
        self._plugin = plugin
        self._links = [Link(server, bounds, self._changed, self._updated, self._auth) for server in servers]
        self._offers = Offers({prefix(link.server) for link in self._links})
        self._made: dict[Link, Offer] = {}
        self._telling = Telling(self._tell)

    @asynccontextmanager
    async def sailing(self, wait: float, wanted: str = "") -> AsyncIterator[None]:
        """Hold all links open; the block begins when each has answered or failed, or after so many seconds.

        With a tool `wanted`, only those are opened that may have it; it is called as if all were.
        """
        links = [link for link in self._links if not wanted or fnmatchcase(wanted, pattern(prefix(link.server)))]
        async with anyio.create_task_group() as tasks:
            for link in links:
                tasks.start_soon(link.run)
            with anyio.move_on_after(wait):
                for link in links:
                    await link.settled.wait()
            await self._telling.now()
            tasks.start_soon(self._telling.run)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    def offers(self) -> list[Offer]:
        """What each server offers, in the order of the configuration."""
        return [self._made.get(link, Offer()) for link in self._links]

    def status(self) -> list[Status]:
        """How it stands with each."""
        return [link.status for link in self._links]

    def absent(self, tool: str) -> tuple[str, float] | None:
        """As `Upstream.absent`. Servers whose tools have no prefix may have any, so that they are not asked about."""
        own = [link for link in self._links if (name := prefix(link.server)) and tool.startswith(f"{name}_")]
        link = max(own, key=lambda one: len(prefix(one.server)), default=None)
        if link is None or (status := link.status).condition == "up":
            return None
        # A second more, so that the try has an end by then.
        return f"upstream {status.name!r} is {status.sentence}", (status.next_try or 0.0) + 1

    def _changed(self, link: Link) -> None:
        before, now = self._made.get(link, Offer()), self._offers.of(link)
        self._made[link] = now
        self._telling.changed(*(kind for kind in KINDS if getattr(before, kind) or getattr(now, kind)))

    def _updated(self, link: Link, uri: str) -> None:
        self._plugin.changes.tell(Change("resource", self._offers.address_of(link.server.name, uri)))

    async def _tell(self, kind: Kind) -> None:
        await getattr(self._plugin.changes, kind)(self._plugin)

    def _auth(self, server: Server) -> httpx2.Auth | None:
        return auth_for(server, self._plugin.store)
