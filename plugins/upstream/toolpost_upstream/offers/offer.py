"""All that all servers offer at this moment, in the order of the configuration."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

from toolpost import Prompt, Resource, Tool
from toolpost_upstream.life.link import Link
from toolpost_upstream.offers.prompts import prompts
from toolpost_upstream.offers.resources import resources
from toolpost_upstream.offers.tools import prefix, tools

# Addresses of a server that are remembered, for each that it may have at once: resources and templates, now and before.
AT_MOST = 4
log = logging.getLogger("toolpost.upstream")


@dataclass(frozen=True)
class Offer:
    """What one server offers, in toolpost's words."""

    tools: list[Tool] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)


class Offers:
    """Makes offers, and knows who has an address: the first server that had it, as long as this process runs."""

    def __init__(self, servers: Collection[str]) -> None:
        self._prefixes = servers
        self._addresses: dict[str, str] = {}
        self._had: dict[str, dict[str, None]] = {}

    def of(self, link: Link) -> Offer:
        """What a server offers now; nothing, while it is down."""
        session = link.session
        if session is None:
            return Offer()
        server, bounds, listed, wire = link.server, link.bounds, link.listed, session.wire
        others = [other for other in self._prefixes if other != prefix(server)]
        completes = session.can("completions")
        mirrors = wire.stateless and wire.takes_headers
        address = partial(self._address, server.name, AT_MOST * bounds.tools)
        return Offer(
            tools(server, listed.tools, others, bounds, link.ask, mirrors=mirrors),
            list(resources(server, listed.resources, listed.templates, address, bounds, link.ask, completes=completes)),
            list(prompts(server, listed.prompts, others, bounds, link.ask, completes=completes)),
        )

    def address_of(self, server: str, uri: str) -> str:
        """By what address clients here know a resource of a server."""
        return uri if self._addresses.get(uri, server) == server else f"{server}+{uri}"

    def _address(self, server: str, most: int, uri: str) -> str:
        if self._addresses.setdefault(uri, server) == server:
            self._keep(server, most, uri)
        else:
            log.debug("upstream %r: %r is also at %r, and is %s here", server, uri[:200], self._addresses[uri],
                      self.address_of(server, uri)[:200])  # fmt: skip
        return self.address_of(server, uri)

    def _keep(self, server: str, most: int, uri: str) -> None:
        """Of those that a server had, the ones that it listed last; those of others are not touched."""
        had = self._had.setdefault(server, {})
        had.pop(uri, None)
        had[uri] = None
        if len(had) > most:
            oldest = next(iter(had))
            del had[oldest], self._addresses[oldest]
