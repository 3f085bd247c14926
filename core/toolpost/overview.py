"""How the plugins of a host fare: a service for plugins, received by naming `Overview`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from toolpost.host import Host

State = Literal["running", "down", "broken"]


@dataclass(frozen=True)
class Condition:
    """One plugin: `broken` ones are left out until a restart, those that are `down` come back by themselves."""

    plugin: str
    version: str
    state: State
    why: str = ""
    isolation: str = ""
    starts: int = 0


class Overview:
    """Says of each plugin whether it runs.

    Plugins are built before the host is, so it is bound afterwards.
    """

    def __init__(self) -> None:
        self._host: Host | None = None

    def bind(self, host: Host) -> None:
        """From now on, tell of this host; the first one stays, whatever it becomes."""
        self._host = self._host or host

    @property
    def is_open(self) -> bool:
        """Whether the host answers calls: it has opened what its plugins hold, and is not about to close it."""
        return self._host is not None and self._host.is_open

    def plugins(self) -> Iterator[Condition]:
        """All plugins, in the order of the configuration; then those that never stood."""
        if self._host is None:
            return
        registry = self._host.registry
        for name in dict.fromkeys([*registry.plugins, *registry.broken]):
            plugin, version = registry.plugins.get(name), registry.versions.get(name, "")
            # What runs apart says so itself.
            apart = getattr(type(plugin), "isolation", "")
            down, starts = (getattr(plugin, "condition", ""), getattr(plugin, "starts", 0)) if apart else ("", 0)
            if name in registry.broken:
                yield Condition(name, version, "broken", registry.broken[name], apart)
            else:
                yield Condition(name, version, "down" if down else "running", down, apart, starts)
