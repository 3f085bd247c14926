"""Answers in memory: those that were not used for longest go first, and none is kept beyond its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from toolpost_cache.answer import Answer
from toolpost_cache.keys import Keys


@dataclass(frozen=True, eq=False)
class Entry:
    """A kept answer: since when, and for how many seconds it is good, by the cache's clock."""

    answer: Answer
    since: float
    left: float


class Memory:
    """A bounded number of answers, of bounded size."""

    def __init__(self, max_bytes: int, max_entries: int, clock: Callable[[], float]) -> None:
        self.max_bytes = max_bytes
        self._max_entries = max_entries
        self._clock = clock
        self._entries: TLRUCache[bytes, Entry] = TLRUCache(
            max_bytes, ttu=lambda _, entry, now: now + entry.left, timer=clock, getsizeof=_size
        )

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """How many bytes they take."""
        return int(self._entries.currsize)

    def find(self, keys: Keys) -> Entry | None:
        """What answers a call: its caller's own, or what is for all."""
        found: Entry | None = self._entries.get(keys.own)
        return found if found is not None else self._entries.get(keys.public)

    def add(self, key: bytes, answer: Answer, left: float, age: float = 0.0) -> None:
        """Keep an answer of this age for so many seconds, unless it is larger than there is room."""
        if answer.size > self.max_bytes:
            return
        while len(self._entries) >= self._max_entries and key not in self._entries:
            self._entries.popitem()
        self._entries[key] = Entry(answer, self._clock() - age, left)

    def clear(self) -> int:
        """Forget them all; how many there were."""
        forgotten = len(self._entries)
        self._entries.clear()
        return forgotten


def _size(entry: Entry) -> int:
    return entry.answer.size
