"""Which Host and Origin a request may name: compared exactly, never by what they begin or end with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

# RFC 3986: a name or an address, in brackets if it has colons, and digits for the port. No user, path or space.
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::(?P<port>[0-9]{1,5}))?")
ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#@\s]+)")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
# To listen there is to listen everywhere; it is no name that a client would give.
EVERYWHERE = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 - not listened at here


@dataclass(frozen=True)
class Names:
    """The names of this server, and the pages that may call it.

    `hosts` are names without a port, or with one that must then be the same;
    `origins` are complete (`https://app.example.com`). A page of this server
    itself may always call it.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    scheme: str = "http"

    @classmethod
    def of(cls, host: str, hosts: Iterable[str], origins: Iterable[str], scheme: str = "http") -> Names:
        """The names of a server that listens at `host`, and those that the configuration adds."""
        own = (frozenset({bracketed(host)}) | LOOPBACK) - EVERYWHERE
        return cls(
            frozenset(own | {name.lower() for name in hosts}),
            frozenset(origin.lower().rstrip("/") for origin in origins),
            scheme,
        )

    def takes_host(self, host: str | None) -> bool:
        """Whether a request may name this host (DNS rebinding: MCP 2025-11-25, transports)."""
        found = AUTHORITY.fullmatch(host.lower()) if host else None
        return found is not None and (found["host"].rstrip(".") in self.hosts or found[0] in self.hosts)

    def takes_origin(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may call, given the host that the request names."""
        found = ORIGIN.fullmatch(origin.lower())
        if found is None:
            return False
        return found[0] in self.origins or found[0] == f"{self.scheme}://{host.lower()}"

    def shares_with(self, origin: str) -> bool:
        """Whether a page of another origin may read the answers."""
        return origin.lower() in self.origins


def is_loopback(host: str) -> bool:
    """Whether a server that listens there is reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host.lower()
