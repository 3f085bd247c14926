"""The database's file, and connections to it that can do no more than they are for."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from toolpost import ToolError
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.guard import Guard
from toolpost_sqlite.run import Run

Mode = Literal["ro", "rw", "memory"]
# A longer pattern of LIKE or GLOB would hold one comparison up beyond a tenth of a second.
PATTERN = 100
DEPTH = 200
# Reading is enough to know whether the file can be read, whether it is held by a writer, and what it has.
FIRST = "SELECT count(*) FILTER (WHERE rootpage = 0 AND type = 'table') FROM sqlite_master"
# A table in the file may have the name of a table-valued pragma, and would be asked in its place, but not as `temp.`,
# where nobody can make one.
SHADOW = "SELECT name FROM temp.pragma_table_list WHERE schema = 'main' AND type = 'shadow'"


class Connection:
    """An open connection, its guard, and the run that it belongs to."""

    def __init__(self, db: sqlite3.Connection, run: Run, bounds: Bounds) -> None:
        self.db, self.run, self.bounds, self.guard = db, run, bounds, Guard()
        self._limit()
        db.text_factory = _text
        db.set_authorizer(self.guard)
        run.watch(db)

    def _limit(self) -> None:
        for limit, most in (
            (sqlite3.SQLITE_LIMIT_LENGTH, self.bounds.value_bytes),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, DEPTH),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, DEPTH),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
        ):
            self.db.setlimit(limit, most)

    def begin(self, how: str = "") -> None:
        """Begin a transaction on the file as it is now, and learn which tables no statement may write."""
        self.run.patiently(lambda: self._begin(how))

    def _begin(self, how: str) -> None:
        self.db.execute(f"BEGIN {how}")
        try:
            # Those that virtual tables need are known once all of these are connected, which this does.
            if self.db.execute(FIRST).fetchone()[0]:
                self.guard.shadow = {name.lower() for (name,) in self.db.execute(SHADOW)}
        except BaseException:
            if self.db.in_transaction:  # without memory SQLite has rolled back by itself
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Let go; what was not committed is as if it had never been."""
        self.guard.kind = None
        self.db.close()


class File:
    """The file that the operator named; a missing one is as an empty one until something is to be made in it."""

    def __init__(self, path: Path, bounds: Bounds, *, read_only: bool) -> None:
        self.path, self.bounds, self._read_only = path, bounds, read_only

    @contextmanager
    def reading(self, run: Run) -> Iterator[Connection]:
        """A connection that cannot write, in a transaction, so that it sees one state."""
        mode: Mode = "ro" if self._is_there() else "memory"
        try:
            with self._open(mode, run) as connection:
                connection.db.execute("PRAGMA query_only = ON")
                connection.begin()
                yield connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK" or self._read_only:
                raise
            raise Interrupted from error

    @contextmanager
    def writing(self, run: Run, *, create: bool = False) -> Iterator[Connection]:
        """A connection that may write, in a transaction that nobody else writes beside."""
        if not self._is_there():
            if not create:
                raise ToolError("the database has no tables yet; make one with create_table")
            self._make()
        with self._open("rw", run) as connection:
            connection.db.execute("PRAGMA foreign_keys = ON")
            connection.begin("IMMEDIATE")
            pages, size = (connection.db.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
            connection.db.execute(f"PRAGMA max_page_count = {pages + max(1, self.bounds.memory // size)}")
            yield connection

    def recover(self) -> None:
        """Take back what a process left half done that died while it wrote, as any writer does first."""
        db = sqlite3.connect(f"{self.path.as_uri()}?mode=rw", uri=True, timeout=1.0)
        try:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
        finally:
            db.close()

    @contextmanager
    def _open(self, mode: Mode, run: Run) -> Iterator[Connection]:
        where = ":memory:" if mode == "memory" else f"{self.path.as_uri()}?mode={mode}"
        db = sqlite3.connect(where, uri=True, timeout=0, isolation_level=None, cached_statements=0)
        try:
            connection = Connection(db, run, self.bounds)
        except BaseException:
            db.close()
            raise
        try:
            # Files of SQLite's own would grow beside the database, where nothing bounds them.
            db.execute("PRAGMA temp_store = MEMORY")
            yield connection
        finally:
            connection.close()

    def _is_there(self) -> bool:
        if self.path.is_file():
            return True
        if self.path.exists():  # a pipe would hold up whoever opens it
            raise ToolError("the database that the operator named is no file")
        return False

    def _make(self) -> None:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise ToolError("the database cannot be made: its folder is missing, or may not be written") from error


class Interrupted(Exception):
    """A writer died half-way, and what it did must be taken back before anyone can read."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
