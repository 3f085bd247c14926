"""The store in one SQLite file: no server, many processes, nothing lost that was acknowledged."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from toolpost.store.file import File
from toolpost.store.space import Store, Swap

if TYPE_CHECKING:
    from sqlite3 import Connection

# Between two looks for messages of other processes, in seconds.
LOOK = 0.05
MESSAGE_SECONDS = 60.0
SWEEP_EVERY = 500


class SQLiteStore(Store):
    """A store in a file, opened at its first use."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.file = File(path)
        self._clock = clock
        self._writes = 0

    async def get(self, space: str, key: str) -> bytes | None:
        return await self.file.read(lambda db: self._now(db, space, key))

    async def set(self, space: str, key: str, value: bytes, ttl: float | None = None) -> None:
        await self.file.write(lambda db: self._put(db, space, key, value, ttl))

    async def swap(self, space: str, key: str, old: bytes | None, new: bytes | None, ttl: float | None = None) -> bool:
        return await self.swap_all(space, [(key, old, new, ttl)])

    async def swap_all(self, space: str, swaps: Sequence[Swap]) -> bool:
        def exchange(db: Connection) -> bool:
            if any(self._now(db, space, key) != old for key, old, _, _ in swaps):
                return False
            for key, _, new, ttl in swaps:
                if new is None:
                    _remove(db, space, key)
                else:
                    self._put(db, space, key, new, ttl)
            return True

        return await self.file.write(exchange)

    async def delete(self, space: str, key: str) -> bool:
        def remove(db: Connection) -> bool:
            there = self._now(db, space, key) is not None
            _remove(db, space, key)
            return there

        return await self.file.write(remove)

    async def count(self, space: str, key: str, by: int = 1, ttl: float | None = None) -> int:
        def add(db: Connection) -> int:
            before = self._now(db, space, key)
            total = int(before or 0) + by
            if before is None:
                self._put(db, space, key, b"%d" % total, ttl)
            else:
                db.execute("UPDATE entries SET value = ? WHERE space = ? AND key = ?", (b"%d" % total, space, key))
            return total

        return await self.file.write(add)

    async def scan(self, space: str, prefix: str = "", after: str = "", limit: int = 100) -> list[tuple[str, bytes]]:
        query = (
            "SELECT key, value FROM entries WHERE space = ? AND key > ? AND key >= ? AND substr(key, 1, ?) = ?"
            " AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?"
        )
        values = (space, after, prefix, len(prefix), prefix, self._clock(), limit)
        return await self.file.read(lambda db: db.execute(query, values).fetchall())

    async def clear(self, space: str) -> int:
        def empty(db: Connection) -> int:
            self._sweep(db)
            return db.execute("DELETE FROM entries WHERE space = ?", (space,)).rowcount

        return await self.file.write(empty)

    async def publish(self, topic: str, message: bytes) -> None:
        def write(db: Connection) -> None:
            now = self._clock()
            db.execute("DELETE FROM messages WHERE sent < ?", (now - MESSAGE_SECONDS,))
            db.execute("INSERT INTO messages (topic, sent, body) VALUES (?, ?, ?)", (topic, now, message))

        await self.file.write(write)

    async def subscribe(self, topic: str) -> AsyncIterator[bytes]:
        last = await self.file.read(_last_message)
        while True:
            for number, body in await self.file.read(partial(_messages, topic, last)):
                last = number
                yield body
            await anyio.sleep(LOOK)

    async def aclose(self) -> None:
        await self.file.aclose()

    def _now(self, db: Connection, space: str, key: str) -> bytes | None:
        query = "SELECT value FROM entries WHERE space = ? AND key = ? AND (expires IS NULL OR expires > ?)"
        row = db.execute(query, (space, key, self._clock())).fetchone()
        return None if row is None else bytes(row[0])

    def _put(self, db: Connection, space: str, key: str, value: bytes, ttl: float | None) -> None:
        expires = None if ttl is None else self._clock() + ttl
        db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (space, key, value, expires))
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            self._sweep(db)

    def _sweep(self, db: Connection) -> None:
        """Remove what has expired, so that it does not take room."""
        db.execute("DELETE FROM entries WHERE expires <= ?", (self._clock(),))


def _remove(db: Connection, space: str, key: str) -> None:
    db.execute("DELETE FROM entries WHERE space = ? AND key = ?", (space, key))


def _last_message(db: Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0])


def _messages(topic: str, after: int, db: Connection) -> list[tuple[int, bytes]]:
    return db.execute("SELECT id, body FROM messages WHERE topic = ? AND id > ? ORDER BY id", (topic, after)).fetchall()
