"""Tools that a layer withholds: commands say why, and what to do, where clients know nothing of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from toolpost.errors import UnknownTool
from toolpost.host import Host


class Withheld(NamedTuple):
    """A tool that no client sees."""

    name: str
    plugin: str
    why: str

    @property
    def error(self) -> UnknownTool:
        """What a command answers that needs the tool."""
        return UnknownTool(f"tool {self.name!r} of plugin {self.plugin!r} is withheld: {self.why}")

    @property
    def row(self) -> dict[str, Any]:
        """How it is listed: without its words, which nobody has approved."""
        told = {"name": self.name, "description": "", "inputSchema": {"type": "object"}}
        return {**told, "plugin": self.plugin, "state": "withheld", "why": self.why}


def withheld(host: Host) -> dict[str, Withheld]:
    """What the plugins of a host say, with a method `withholds()`, that they withhold now; by the names of tools."""
    found: dict[str, Withheld] = {}
    for owner, plugin in host.registry.plugins.items():
        says = getattr(plugin, "withholds", None)
        if owner not in host.registry.broken and callable(says):
            found |= {name: Withheld(name, of, why) for name, of, why in says() if name not in host.tools}
    return found


def unknown(host: Host, name: str, error: UnknownTool) -> UnknownTool:
    """The error for a name that is no tool, unless that is one that is withheld."""
    known = withheld(host)
    return known[name].error if name in known else error
