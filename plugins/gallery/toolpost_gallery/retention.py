"""How long pictures are kept, and the clean-up that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from toolpost_gallery.collection import Collection, Record
from toolpost_gallery.removal import remove, remove_unfinished

DAY = 86_400.0


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up has removed: entries, and bytes on the disk."""

    pictures: int
    bytes: int


@dataclass(frozen=True)
class Retention:
    """The bounds; 0 is none. What lies on a bound stays.

    Bytes count as they lie on the disk: equal pictures once.
    """

    days: float = 0.0
    count: int = 0
    bytes: int = 0

    def outlived(self, newest_first: Iterable[Record], now: float) -> list[Record]:
        """The pictures that go; of the rest, the oldest go first."""
        gone: list[Record] = []
        seen: set[str] = set()
        total = 0
        for number, record in enumerate(newest_first, 1):
            total += 0 if record.handle in seen else record.size
            seen.add(record.handle)
            if self._is_over(number, total, now - record.made):
                gone.append(record)
        return gone

    def _is_over(self, count: int, total: int, age: float) -> bool:
        return bool(
            (self.days and age > self.days * DAY)
            or (self.count and count > self.count)
            or (self.bytes and total > self.bytes)
        )


async def clean(collection: Collection, retention: Retention) -> Cleaned:
    """Remove what has outlived its time, and what the killed have left behind."""
    records = await collection.records()
    outlived = retention.outlived(records, collection.clock())
    freed = [size for record in outlived if (size := await remove(collection, record)) is not None]
    await remove_unfinished(collection, {record.key for record in records})
    return Cleaned(len(freed), sum(freed))
