"""What the log says of many tools at once: one line for each source and matter, with the first few names."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.injection")
# Names that a line has.
NAMED = 5


@dataclass
class _Heap:
    plugin: str
    count: int = 0
    names: list[str] = field(default_factory=list)


class Remarks:
    """Says each thing at once; while `gathers`, it is kept until `say` says all that are alike together."""

    def __init__(self) -> None:
        self.gathers = False
        self._heaps: dict[tuple[int, str, str, str], _Heap] = {}

    def add(self, level: int, tool: Tool, matter: str, way_out: str = "") -> None:
        """A tool is, say, "flagged: W001"; what to do about it may name `{tool}`."""
        heap = self._heaps.setdefault((level, tool.provider or "", matter, way_out), _Heap(tool.plugin))
        heap.count += 1
        if len(heap.names) < NAMED and tool.name not in heap.names:
            heap.names.append(tool.name)
        if not self.gathers:
            self.say()

    def say(self) -> None:
        """Say what was kept."""
        heaps, self._heaps = self._heaps, {}
        for (level, provider, matter, way_out), heap in heaps.items():
            many = heap.count > 1
            if many:
                names = ", ".join(map(repr, heap.names)) + (" …" if heap.count > len(heap.names) else "")
                who = f"{heap.count} tools of {provider or f'plugin {heap.plugin!r}'} ({names}) are"
            else:
                who = f"tool {heap.names[0]!r} of plugin {heap.plugin!r} is"
            log.log(level, "%s %s%s", who, matter, way_out.format(tool="NAME" if many else heap.names[0]))
