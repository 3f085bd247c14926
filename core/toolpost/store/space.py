"""What a store can do, and a plugin's own part of it: a host service, received by naming `Store`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex

import anyio

from toolpost.errors import Unavailable

# How often a lock that another holds is tried again, in seconds: first and at most.
FIRST_LOOK, LONGEST_LOOK = 0.005, 0.25
# A key, what is there, what is to be there, and for how long: as `swap` takes them.
Swap = tuple[str, bytes | None, bytes | None, float | None]


class Store(ABC):
    """Bytes under keys, in spaces that do not see each other; safe for many tasks, processes and crashes.

    What a method that writes has returned from is durable: it is there after
    `kill -9`, and after a power cut. `ttl` is in seconds; what has expired
    is as if it were not there. All methods raise `Unavailable` when the store
    cannot be reached or is full.
    """

    def space(self, name: str) -> Space:
        """A part of the store that nobody else uses; by custom the plugin's own name."""
        return Space(self, name)

    @abstractmethod
    async def get(self, space: str, key: str) -> bytes | None:
        """The value of a key; None where there is none."""

    @abstractmethod
    async def swap(self, space: str, key: str, old: bytes | None, new: bytes | None, ttl: float | None = None) -> bool:
        """Put `new` in the place of `old`, None standing for nothing; False, and no change, where it is not `old`."""

    @abstractmethod
    async def swap_all(self, space: str, swaps: Sequence[Swap]) -> bool:
        """Swaps of several keys as one, each key once: False, and no change, where one of them is not `old`."""

    @abstractmethod
    async def set(self, space: str, key: str, value: bytes, ttl: float | None = None) -> None:
        """Put a value, whatever was there."""

    @abstractmethod
    async def delete(self, space: str, key: str) -> bool:
        """Remove a key; False where it was not there."""

    @abstractmethod
    async def count(self, space: str, key: str, by: int = 1, ttl: float | None = None) -> int:
        """Add to a number, which starts at 0 and lives for `ttl` from its first change; the sum."""

    @abstractmethod
    async def scan(self, space: str, prefix: str = "", after: str = "", limit: int = 100) -> list[tuple[str, bytes]]:
        """Up to `limit` keys that begin with `prefix` and come after `after`, in the order of their bytes."""

    @abstractmethod
    async def clear(self, space: str) -> int:
        """Remove all of a space; how many keys it had."""

    @abstractmethod
    async def publish(self, topic: str, message: bytes) -> None:
        """Tell all who are subscribed now, in every process; nothing is kept for later."""

    @abstractmethod
    def subscribe(self, topic: str) -> AsyncIterator[bytes]:
        """The messages of a topic from now on."""

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True)
class Space:
    """One space of a store."""

    store: Store
    name: str

    async def get(self, key: str) -> bytes | None:
        """As `Store.get`."""
        return await self.store.get(self.name, key)

    async def set(self, key: str, value: bytes, ttl: float | None = None) -> None:
        """As `Store.set`."""
        await self.store.set(self.name, key, value, ttl)

    async def add(self, key: str, value: bytes, ttl: float | None = None) -> bool:
        """Put a value where there is none; False where there is one."""
        return await self.store.swap(self.name, key, None, value, ttl)

    async def swap(self, key: str, old: bytes | None, new: bytes | None, ttl: float | None = None) -> bool:
        """As `Store.swap`."""
        return await self.store.swap(self.name, key, old, new, ttl)

    async def swap_all(self, swaps: Sequence[Swap]) -> bool:
        """As `Store.swap_all`; what is to be durable together is synced once."""
        return await self.store.swap_all(self.name, swaps)

    async def delete(self, key: str) -> bool:
        """As `Store.delete`."""
        return await self.store.delete(self.name, key)

    async def count(self, key: str, by: int = 1, ttl: float | None = None) -> int:
        """As `Store.count`."""
        return await self.store.count(self.name, key, by, ttl)

    async def scan(self, prefix: str = "", after: str = "", limit: int = 100) -> list[tuple[str, bytes]]:
        """As `Store.scan`."""
        return await self.store.scan(self.name, prefix, after, limit)

    async def items(self, prefix: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every key that begins with `prefix`, and its value, read by and by."""
        after = ""
        while page := await self.scan(prefix, after):
            for key, value in page:
                yield key, value
            after = page[-1][0]

    async def clear(self) -> int:
        """As `Store.clear`."""
        return await self.store.clear(self.name)

    @asynccontextmanager
    async def lock(self, key: str, ttl: float = 30.0) -> AsyncIterator[None]:
        """Hold a lock that only one holds, in any process.

        It is a lease: if its holder dies, the lock is free after `ttl`
        seconds, so do in it only what takes less.
        """
        name, mine, pause = f"lock:{key}", token_hex(8).encode(), FIRST_LOOK
        while not await self.add(name, mine, ttl):
            await anyio.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self.swap(name, mine, None)


class Full(Unavailable):
    """The disk is full, or the store may not be written."""
