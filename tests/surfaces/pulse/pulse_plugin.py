"""A tool that feels the pulse of the server it runs on, while other calls do their work."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from toolpost import Tool, hookimpl

BEAT = 0.001
PAGE = 4096


@dataclass
class Pulse:
    """Beats from `beat` to `rest`."""

    _resting: anyio.Event = field(default_factory=anyio.Event, init=False)

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.beat, timeout=600), Tool(self.rest), Tool(self.weight)]

    async def beat(self) -> list[float]:
        """The longest pauses between two beats, in seconds, the longest first."""
        self._resting = anyio.Event()
        pauses = [0.0]
        while not self._resting.is_set():
            before = time.perf_counter()
            await anyio.sleep(BEAT)
            pauses = sorted([*pauses, time.perf_counter() - before - BEAT], reverse=True)[:5]
        return pauses

    async def rest(self) -> None:
        """Let `beat` answer."""
        self._resting.set()

    async def weight(self) -> int:
        """Bytes resident now."""
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
