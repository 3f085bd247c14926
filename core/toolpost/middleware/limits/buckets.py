"""Who has how much left, in memory: one number for each bucket that is not full."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from toolpost.middleware.limits.pace import Pace

# Full buckets that are dropped for each new one: memory shrinks again, and no call pays for all at once.
DROPPED = 8


class Buckets(Protocol):
    """The state of one rule: a bucket and the calls under way for each key."""

    async def take(self, key: Hashable, pace: Pace) -> float:
        """Let a call in, or say in how many seconds to look again; infinite, when one that is in has left."""

    async def leave(self, key: Hashable, pace: Pace) -> None:
        """A call that was let in has ended."""

    async def give_back(self, key: Hashable, pace: Pace) -> None:
        """A call that was let in was not made: its token is as if it had not been taken."""

    def due(self, key: Hashable, pace: Pace, ahead: int = 0) -> float:
        """In how many seconds there is a token behind so many others, as far as that is known here."""

    def __len__(self) -> int: ...

    def held(self) -> AbstractAsyncContextManager[object]:
        """Keep what this process holds while the host runs."""

    @property
    def running(self) -> int:
        """The calls under way, of this process, where the rule counts them."""


class OwnBuckets:
    """The buckets of this process alone.

    A bucket is forgotten when it is full, which changes nothing, and beyond
    `most` of them the one that was not used for longest.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()
        self._running: dict[Hashable, int] = {}

    async def take(self, key: Hashable, pace: Pace) -> float:
        """As `Buckets.take`; nothing else runs meanwhile."""
        running = self._running.get(key, 0) if pace.concurrency else 0
        if pace.concurrency and running >= pace.concurrency:
            return math.inf
        if pace.interval:
            now = self._clock()
            full_at = self._full_at.get(key)
            if full_at is None:
                self._make_room(now)
                full_at = now
            self._full_at[key], wait = pace.step(full_at, now)
            self._full_at.move_to_end(key)
            if wait:
                return wait
        if pace.concurrency:
            self._running[key] = running + 1
        return 0.0

    async def leave(self, key: Hashable, pace: Pace) -> None:
        """As `Buckets.leave`."""
        if not pace.concurrency:
            return
        if self._running[key] == 1:
            del self._running[key]
        else:
            self._running[key] -= 1

    async def give_back(self, key: Hashable, pace: Pace) -> None:
        """As `Buckets.give_back`."""
        if key in self._full_at:
            self._full_at[key] -= pace.interval

    def due(self, key: Hashable, pace: Pace, ahead: int = 0) -> float:
        """As `Buckets.due`."""
        now = self._clock()
        return pace.wait(self._full_at.get(key, now), now, ahead)

    def __len__(self) -> int:
        return len(self._full_at)

    def held(self) -> AbstractAsyncContextManager[object]:
        """As `Buckets.held`; memory needs no keeping."""
        return nullcontext()

    @property
    def running(self) -> int:
        """The calls under way."""
        return sum(self._running.values())

    def _make_room(self, now: float) -> None:
        """Forget some that are full, or the one that was not used for longest where there are too many."""
        for _ in range(DROPPED):
            oldest = next(iter(self._full_at), None)
            if oldest is None or self._full_at[oldest] > now:
                break
            del self._full_at[oldest]
        if len(self._full_at) >= self._most:
            self._full_at.popitem(last=False)
