"""One call's work on the database: what stops it, and until when it can be stopped."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Literal, TypeVar

from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.memory import resident

Answer = TypeVar("Answer")
Why = Literal["time", "memory", "gone"]

# Instructions of SQLite's machine between two looks, some ten microseconds; seconds between two looks at memory.
STEPS, LOOK = 1000, 0.002
# Seconds between two tries while another writes, first and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.05


class Busy(Exception):
    """Another writer did not end in time."""


class Run:
    """Work that stops itself when it takes too much, or `why` is set; `committing` is told when it no longer can."""

    def __init__(self, bounds: Bounds, committing: Callable[[bool], None] = lambda is_so: None) -> None:
        self.why: Why | None = None
        self.bounds = bounds
        self._committing = committing
        self._deadline = time.monotonic() + bounds.seconds
        self._next_look = 0.0
        self._memory = resident()

    def watch(self, db: sqlite3.Connection) -> None:
        """Stop this connection when the run is over."""
        db.set_progress_handler(self._look, STEPS)

    def patiently(self, work: Callable[[], Answer]) -> Answer:
        """What some work gives that another writer may keep waiting.

        Raises:
            Busy: it waited as long as it may.
        """
        # SQLite's own waiting cannot be interrupted.
        until, pause = time.monotonic() + self.bounds.wait, FIRST_PAUSE
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
                if self._look():
                    raise sqlite3.OperationalError("interrupted") from error
                if time.monotonic() > until:
                    raise Busy from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def commit(self, db: sqlite3.Connection) -> None:
        """Make the changes durable, unless the run was stopped before."""
        self.patiently(lambda: self._commit(db))

    def _commit(self, db: sqlite3.Connection) -> None:
        if self._look():
            raise sqlite3.OperationalError("interrupted")
        self._committing(True)
        try:
            db.execute("COMMIT")
        except BaseException:
            self._committing(False)
            raise

    def _look(self) -> bool:
        now = time.monotonic()
        if self.why is None and now > self._deadline:
            self.why = "time"
        if self.why is None and now > self._next_look:
            self._next_look = now + LOOK
            if resident() - self._memory > self.bounds.memory:
                self.why = "memory"
        return self.why is not None


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
