"""One SQLite file: opened at its first use, asked and changed in whole transactions."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from toolpost.errors import Unavailable
from toolpost.store.schema import is_current, migrate
from toolpost.store.space import Full

if TYPE_CHECKING:
    from sqlite3 import Connection

log = logging.getLogger("toolpost.store")
Answer = TypeVar("Answer")

BUSY_SECONDS, OPENING_PAUSE = 10.0, 0.02
FULL = ("disk is full", "readonly database", "unable to open", "disk i/o error", "permission denied")


class File:
    """A file and the connection to it; the folder is made if it is not there.

    The journal is a write-ahead log (SQLite's WAL), and each commit is
    synced, so that a power cut loses nothing either.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: Connection | None = None
        self._guard = threading.Lock()
        self._threads: RunVar[anyio.CapacityLimiter] = RunVar("threads")

    async def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Ask something."""
        return await self._in_thread(partial(self._ask, work))

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Change something; it is whole and durable when this returns."""
        return await self._in_thread(partial(self._ask, work, writes=True))

    async def aclose(self) -> None:
        """Let go of the file."""
        await self._in_thread(self._close)

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Work that is not cancelled half-way: whoever waited would not know whether it was done.

        The thread is the file's own: those that plugins share may all be busy for ever.
        """
        threads = self._threads.get(None)
        if threads is None:
            threads = anyio.CapacityLimiter(1)
            self._threads.set(threads)
        return await anyio.to_thread.run_sync(work, limiter=threads)

    def _ask(self, work: Callable[[Connection], Answer], *, writes: bool = False) -> Answer:
        # sqlite3 takes some milliseconds to import, and many starts need no store.
        import sqlite3

        with self._guard:
            try:
                db = self.db or self._open()
                if not writes:
                    return work(db)
                with transaction(db):
                    return work(db)
            except (sqlite3.Error, OSError) as error:
                raise self._failure(error) from error

    def _open(self) -> Connection:
        import sqlite3

        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self.path.chmod(0o600)
            _use_log(db)
            db.execute("PRAGMA synchronous = FULL")
            if not is_current(db):
                with transaction(db):
                    migrate(db)
        except BaseException:
            db.close()
            raise
        self.db = db
        return db

    def _close(self) -> None:
        with self._guard:
            if self.db is not None:
                self.db.close()
                self.db = None

    def _failure(self, error: Exception) -> Unavailable:
        """Our error; the path goes to the log alone, since the text reaches clients."""
        log.error("store %s: %s", self.path, error)
        kind = Full if any(words in str(error).lower() for words in FULL) else Unavailable
        return kind(f"the store of this toolpost cannot be used: {_reason(error)}")


@contextmanager
def transaction(db: Connection) -> Iterator[None]:
    """What is done within is done as a whole or not at all; of several processes one does it, the others wait."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite ends it by itself where the disk is full.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _use_log(db: Connection) -> None:
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
