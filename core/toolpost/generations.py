"""Calls under way, by what the host offered when they began."""

from __future__ import annotations

import anyio


class Generation:
    """Counts the calls that began while one set of plugins stood."""

    def __init__(self) -> None:
        self.running = 0
        self._waiting: anyio.Event | None = None

    def ended(self) -> None:
        """One call is over."""
        self.running -= 1
        if self._waiting is not None and not self.running:
            self._waiting.set()

    async def idle(self) -> None:
        """Wait until none is under way."""
        while self.running:
            self._waiting = anyio.Event()
            await self._waiting.wait()
