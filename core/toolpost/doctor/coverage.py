"""Which guards stand around each tool, resource and prompt there is: read off the onions, without a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from toolpost.doctor.guards import GUARDS
from toolpost.host import Host
from toolpost.onion import applies
from toolpost.tools.tool import Tool


class Gap(NamedTuple):
    """Something that a guard leaves out, though it is enabled and stands around everything else."""

    guard: str
    kind: str
    name: str

    @property
    def sentence(self) -> str:
        """What it means."""
        return f"guard {self.guard!r} does not stand around {self.kind} {self.name!r}"


def everything(host: Host) -> list[Tool]:
    """All that can be called, read and filled, as tools."""
    resources, prompts = (item.tool for item in host.resources), (item.tool for item in host.prompts.values())
    return [*host.tools.values(), *resources, *prompts]


def gaps(host: Host) -> Iterator[Gap]:
    """The exemptions, guard by guard."""
    layers = dict(host.layers)
    for guard in GUARDS:
        if guard.everywhere and (layer := layers.get(guard.name)) is not None:
            left_out = (tool for tool in everything(host) if not applies(layer, tool))
            yield from (Gap(guard.name, tool.kind, tool.name) for tool in left_out)
