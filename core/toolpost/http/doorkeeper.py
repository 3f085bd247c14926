"""How many connections there may be, and how long each may keep us waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from toolpost.config.tables import Http
from toolpost.errors import ConfigError

# Descriptors for all that is no connection: the store, the files of plugins, calls to other servers.
RESERVED = 24


class Visitor(Protocol):
    """A connection, as the doorkeeper sees it."""

    address: str

    def is_overdue(self, now: float) -> bool: ...
    def cut_off(self) -> None: ...


class Doorkeeper:
    """Counts the connections of all addresses, and looks at each now and then: no timer for every request.

    `at_most` is how many there may be, which the operator or the number of
    descriptors bounds (`room`).
    """

    def __init__(self, settings: Http, clock: Callable[[], float], at_most: int | None = None) -> None:
        self.patience, self.body_bytes = settings.patience, settings.body_bytes
        self.clock = clock
        self.connections: set[Visitor] = set()
        self.by_address: Counter[str] = Counter()
        self._at_most = settings.connections if at_most is None else at_most
        self._share = settings.connections_per_address

    def admits(self, visitor: Visitor) -> bool:
        """Whether there is room for one more."""
        return len(self.connections) < self._at_most and self.by_address[visitor.address] < self._share

    def enters(self, visitor: Visitor) -> None:
        """It is counted from now on."""
        self.connections.add(visitor)
        self.by_address[visitor.address] += 1

    def leaves(self, visitor: Visitor) -> None:
        """It is counted no longer."""
        if visitor in self.connections:
            self.connections.discard(visitor)
            self.by_address[visitor.address] -= 1
        if self.by_address[visitor.address] <= 0:
            del self.by_address[visitor.address]

    def sweep(self) -> None:
        """Cut off all that have kept us waiting too long."""
        now = self.clock()
        for visitor in [one for one in self.connections if one.is_overdue(now)]:
            visitor.cut_off()


def neighbourhood(address: str) -> str:
    """What one visitor can be expected to hold: an address, and of version 6 the network of 64 bits around it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or int(parsed) >> 64)


def room(wanted: int) -> int:
    """So many connections fit into the descriptors that this process may have, once it may have as many as allowed.

    Raises:
        ConfigError: none would.
    """
    try:
        import resource
    except ImportError:  # Windows counts no descriptors
        return wanted
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + _in_use() + RESERVED
    soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if soft > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    left = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _in_use() - RESERVED
    if left < 1:
        raise ConfigError(
            f"this process may open too few files to serve HTTP: {left + RESERVED} are left; raise `ulimit -n`"
        )
    return min(wanted, left)


def _in_use() -> int:
    """The descriptors that are open; a guess where nothing tells."""
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:
        return 32
