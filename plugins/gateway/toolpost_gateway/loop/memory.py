"""Where the loop keeps what is to be found again, if there is no store."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

# Values of all callers, and the seconds that one is kept where nothing is said of it.
MANY, HOUR = 1_000, 3_600.0


@dataclass
class Memory:
    """Keeps what a space of the store would; the oldest go first."""

    clock: Callable[[], float] = time.monotonic
    kept: OrderedDict[str, tuple[float, bytes]] = field(default_factory=OrderedDict)

    async def set(self, key: str, value: bytes, ttl: float | None = None) -> None:
        """As `Space.set`."""
        self.kept[key] = (self.clock() + (ttl or HOUR), value)
        while len(self.kept) > MANY:
            self.kept.popitem(last=False)

    async def add(self, key: str, value: bytes, ttl: float | None = None) -> bool:
        """As `Space.add`."""
        if await self.get(key) is not None:
            return False
        await self.set(key, value, ttl)
        return True

    async def get(self, key: str) -> bytes | None:
        """As `Space.get`."""
        until, value = self.kept.get(key, (0.0, b""))
        return value if until > self.clock() else None

    async def delete(self, key: str) -> bool:
        """As `Space.delete`."""
        return self.kept.pop(key, None) is not None
