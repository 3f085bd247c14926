"""Who has how much left, in the store: several processes keep one limit."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from secrets import token_hex

import anyio

from toolpost.canonical import canonical_digest
from toolpost.errors import Unavailable
from toolpost.middleware.limits.pace import Pace
from toolpost.store import Space

log = logging.getLogger("toolpost.limits")
# How often to look whether another process has let go of a place.
LOOK = 0.1
# After so many seconds the places of a process that died are free.
LEASE = 15.0


class SharedBuckets:
    """The buckets of a rule that all processes share; each token is one write to the store.

    `clock` is the wall's, the only one that processes have in common: where
    it jumps, a bucket is full or empty at worst, once. Calls that run at
    once hold numbered places, as leases.
    """

    def __init__(self, space: Space, rule: str, clock: Callable[[], float] = time.time) -> None:
        self._space = space
        self._rule = rule
        self._clock = clock
        self._mine = token_hex(8).encode()
        self._held: defaultdict[Hashable, list[str]] = defaultdict(list)

    async def take(self, key: Hashable, pace: Pace) -> float:
        """As `Buckets.take`; what has begun is finished, so that nothing is taken that nobody knows of."""
        with anyio.CancelScope(shield=True):
            wait = await self._take(key, self._name(key), pace)
        return wait

    async def leave(self, key: Hashable, pace: Pace) -> None:
        """As `Buckets.leave`; a place that cannot be given back is free when its lease ends."""
        if not pace.concurrency:
            return
        place = self._held[key].pop()
        if not self._held[key]:
            del self._held[key]
        with anyio.CancelScope(shield=True):
            try:
                await self._space.swap(place, self._mine, None)
            except Unavailable as error:
                log.warning("a place cannot be given back before its lease ends: %s", error)

    async def give_back(self, key: Hashable, pace: Pace) -> None:
        """As `Buckets.give_back`."""
        with anyio.CancelScope(shield=True):
            try:
                await self._return_token(self._name(key), pace)
            except Unavailable as error:
                log.warning("a token cannot be given back: %s", error)

    def due(self, key: Hashable, pace: Pace, ahead: int = 0) -> float:
        """Not known here: others take tokens too."""
        return 0.0

    def __len__(self) -> int:
        return 0

    @property
    def running(self) -> int:
        """The calls under way, of this process."""
        return sum(map(len, self._held.values()))

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the leases of the places that are held."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._renew)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def _take(self, key: Hashable, name: str, pace: Pace) -> float:
        free = await self._free(name, pace) if pace.concurrency else []
        if pace.concurrency and not free:
            return LOOK
        if pace.interval and (wait := await self._take_token(name, pace)):
            return wait
        if not pace.concurrency or await self._occupy(key, free):
            return 0.0
        await self._return_token(name, pace)
        return LOOK

    async def _take_token(self, name: str, pace: Pace) -> float:
        while True:
            old, now = await self._space.get(name), self._clock()
            full_at, wait = pace.step(float(old) if old is not None else now, now)
            new = repr(full_at).encode()
            if new == old or await self._space.swap(name, old, new, max(full_at - now, 0.001)):
                return wait

    async def _return_token(self, name: str, pace: Pace) -> None:
        while pace.interval and (old := await self._space.get(name)) is not None:
            full_at = float(old) - pace.interval
            left = full_at - self._clock()
            if await self._space.swap(name, old, repr(full_at).encode() if left > 0 else None, max(left, 0.001)):
                return

    async def _free(self, name: str, pace: Pace) -> list[str]:
        taken = {place async for place, _ in self._space.items(f"{name}:")}
        places = (f"{name}:{number}" for number in range(pace.concurrency))
        return [place for place in places if place not in taken]

    async def _occupy(self, key: Hashable, free: list[str]) -> bool:
        for place in free:
            if await self._space.add(place, self._mine, LEASE):
                self._held[key].append(place)
                return True
        return False

    async def _renew(self) -> None:
        while True:
            await anyio.sleep(LEASE / 3)
            for place in [place for places in self._held.values() for place in places]:
                try:
                    await self._space.swap(place, self._mine, self._mine, LEASE)
                except Unavailable as error:
                    log.warning("a lease cannot be renewed: %s", error)

    def _name(self, key: Hashable) -> str:
        """The key in the store, from which nobody reads who it is."""
        return canonical_digest([self._rule, list(key) if isinstance(key, tuple) else key]).hex()
