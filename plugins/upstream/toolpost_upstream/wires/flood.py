"""How much a server may say unasked before it is slowed down, and before it is given up."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from toolpost_upstream.wires.wire import WireError

# Seconds in a row in which a server says too much, after which it is given up.
PATIENCE = 10
# A line without meaning counts by its length, too.
UNIT = 1024


class Flood(WireError):
    """The server does not stop talking."""


class Meter:
    """Counts what came unasked in this second; `dropped` is what nobody was told of, in all."""

    def __init__(self, most: int, clock: Callable[[], float] = anyio.current_time) -> None:
        self._most = most
        self._clock = clock
        self._second = -1
        self._count = 0
        self._row = 0
        self.noise = 0

    async def pause(self, size: int) -> None:
        """Count so many bytes that meant nothing, if any, and wait; raises as `add`."""
        if size and (wait := self.add(size)):
            await anyio.sleep(wait)

    def add(self, size: int = 0) -> float:
        """Count one message; the seconds to wait before the next is read, 0 while it is not too much.

        Raises:
            Flood: it has been too much for too long.
        """
        now = self._clock()
        if int(now) != self._second:
            self._row = self._row + 1 if self._count > self._most and int(now) == self._second + 1 else 0
            self._second, self._count = int(now), 0
        self._count += 1 + size // UNIT
        if self._row >= PATIENCE:
            raise Flood(f"sends more than {self._most} messages a second that nobody asked for")
        return 0.0 if self._count <= self._most else self._second + 1 - now
