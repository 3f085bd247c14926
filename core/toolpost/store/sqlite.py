"""The store in one SQLite file: no server, many processes, nothing lost that was acknowledged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from toolpost.errors import Unavailable
from toolpost.store.space import Full, Store

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger("toolpost.store")
Answer = TypeVar("Answer")
BUSY_SECONDS, OPENING_PAUSE = 10.0, 0.02
# Between two looks for messages of other processes, in seconds.
LOOK = 0.05
MESSAGE_SECONDS = 60.0
SWEEP_EVERY = 500
FULL = ("disk is full", "readonly database", "unable to open", "disk I/O error", "permission denied")


class SQLiteStore(Store):
    """A store in a file, opened at its first use; the folder is made if it is not there.

    The journal is a write-ahead log (SQLite's WAL), and each commit is
    synced, so that a power cut loses nothing either. All work is done in
    threads.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._writes = 0

    async def get(self, space: str, key: str) -> bytes | None:
        query = "SELECT value FROM entries WHERE space = ? AND key = ? AND (expires IS NULL OR expires > ?)"
        return await self._run(lambda db: _one(db.execute(query, (space, key, self._clock()))))

    async def set(self, space: str, key: str, value: bytes, ttl: float | None = None) -> None:
        def write(db: sqlite3.Connection) -> None:
            self._sweep(db)
            self._put(db, space, key, value, ttl)

        await self._run(write, writes=True)

    async def swap(self, space: str, key: str, old: bytes | None, new: bytes | None, ttl: float | None = None) -> bool:
        def exchange(db: sqlite3.Connection) -> bool:
            if self._now(db, space, key) != old:
                return False
            if new is None:
                db.execute("DELETE FROM entries WHERE space = ? AND key = ?", (space, key))
            else:
                self._put(db, space, key, new, ttl)
            return True

        return await self._run(exchange, writes=True)

    async def delete(self, space: str, key: str) -> bool:
        def remove(db: sqlite3.Connection) -> bool:
            there = self._now(db, space, key) is not None
            db.execute("DELETE FROM entries WHERE space = ? AND key = ?", (space, key))
            return there

        return await self._run(remove, writes=True)

    async def count(self, space: str, key: str, by: int = 1, ttl: float | None = None) -> int:
        def add(db: sqlite3.Connection) -> int:
            before = self._now(db, space, key)
            total = int(before or 0) + by
            if before is None:
                self._put(db, space, key, b"%d" % total, ttl)
            else:
                db.execute("UPDATE entries SET value = ? WHERE space = ? AND key = ?", (b"%d" % total, space, key))
            return total

        return await self._run(add, writes=True)

    async def scan(self, space: str, prefix: str = "", after: str = "", limit: int = 100) -> list[tuple[str, bytes]]:
        query = (
            "SELECT key, value FROM entries WHERE space = ? AND key > ? AND key >= ? AND substr(key, 1, ?) = ?"
            " AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?"
        )
        values = (space, after, prefix, len(prefix), prefix, self._clock(), limit)
        return await self._run(lambda db: db.execute(query, values).fetchall())

    async def clear(self, space: str) -> int:
        query = "DELETE FROM entries WHERE space = ?"
        return await self._run(lambda db: db.execute(query, (space,)).rowcount, writes=True)

    async def publish(self, topic: str, message: bytes) -> None:
        def write(db: sqlite3.Connection) -> None:
            now = self._clock()
            db.execute("DELETE FROM messages WHERE sent < ?", (now - MESSAGE_SECONDS,))
            db.execute("INSERT INTO messages (topic, sent, body) VALUES (?, ?, ?)", (topic, now, message))

        await self._run(write, writes=True)

    async def subscribe(self, topic: str) -> AsyncIterator[bytes]:
        last = await self._run(lambda db: int(db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]))
        query = "SELECT id, body FROM messages WHERE topic = ? AND id > ? ORDER BY id"
        while True:
            found = await self._run(partial(_rows, query, (topic, last)))
            for number, body in found:
                last = number
                yield body
            await anyio.sleep(LOOK)

    async def aclose(self) -> None:
        def close() -> None:
            with self._guard:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None

        await anyio.to_thread.run_sync(close)

    async def _run(self, work: Callable[[sqlite3.Connection], Answer], *, writes: bool = False) -> Answer:
        """Do some work in a thread; a change is whole and durable when this returns.

        Not cancelled half-way: whoever waited would not know whether it was done.
        """
        return await anyio.to_thread.run_sync(self._transact, work, writes)

    def _transact(self, work: Callable[[sqlite3.Connection], Answer], writes: bool) -> Answer:
        # sqlite3 takes some milliseconds to import, and many starts need no store.
        import sqlite3

        with self._guard:
            try:
                db = self._connection or self._open()
                if not writes:
                    return work(db)
                db.execute("BEGIN IMMEDIATE")
                try:
                    answer = work(db)
                    db.execute("COMMIT")
                    return answer
                except BaseException:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError) as error:
                raise self._failure(error) from error

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        from toolpost.store.schema import migrate

        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self.path.chmod(0o600)
            _use_log(db)
            db.execute("PRAGMA synchronous = FULL")
            migrate(db)
        except BaseException:
            db.close()
            raise
        self._connection = db
        return db

    def _now(self, db: sqlite3.Connection, space: str, key: str) -> bytes | None:
        query = "SELECT value FROM entries WHERE space = ? AND key = ? AND (expires IS NULL OR expires > ?)"
        return _one(db.execute(query, (space, key, self._clock())))

    def _put(self, db: sqlite3.Connection, space: str, key: str, value: bytes, ttl: float | None) -> None:
        expires = None if ttl is None else self._clock() + ttl
        db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (space, key, value, expires))

    def _sweep(self, db: sqlite3.Connection) -> None:
        """Now and then remove what has expired, so that it does not take room."""
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            db.execute("DELETE FROM entries WHERE expires <= ?", (self._clock(),))

    def _failure(self, error: Exception) -> Unavailable:
        """Our error; the path goes to the log alone, since the text reaches clients."""
        log.error("store %s: %s", self.path, error)
        kind = Full if any(words in str(error).lower() for words in FULL) else Unavailable
        return kind(f"the store of this toolpost cannot be used: {_reason(error)}")


def _use_log(db: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when several open a new file at once."""
    import sqlite3

    for _ in range(int(BUSY_SECONDS / OPENING_PAUSE)):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(OPENING_PAUSE)
    db.execute("PRAGMA journal_mode = WAL")


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)


def _rows(query: str, values: tuple[object, ...], db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    return db.execute(query, values).fetchall()


def _one(cursor: sqlite3.Cursor) -> bytes | None:
    row = cursor.fetchone()
    return None if row is None else bytes(row[0])
