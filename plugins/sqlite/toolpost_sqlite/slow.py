"""Functions of SQLite whose work grows with the product of two lengths, and that nothing interrupts: bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

Value = Any  # what SQLite passes: None, int, float, str or bytes

# The product of the lengths that takes about a tenth of a second: comparing begins anew at each place, and `trim`
# also goes through all characters that it trims.
SEARCH, TRIM = 10_000_000_000, 100_000_000
TRIMS: dict[str, Callable[[str, str], str]] = {"trim": str.strip, "ltrim": str.lstrip, "rtrim": str.rstrip}


class Slow:
    """Stands before SQLite's own functions on a connection; what is too long is said to `tell` and fails."""

    def __init__(self, tell: Callable[[str], None], longest: int) -> None:
        self._tell = tell
        self._longest = longest

    def install(self, db: sqlite3.Connection) -> None:
        """Take their places."""
        for name in TRIMS:
            db.create_function(name, 2, partial(self._trim, name), deterministic=True)
        db.create_function("instr", 2, self._instr, deterministic=True)
        db.create_function("replace", 3, self._replace, deterministic=True)

    def _trim(self, name: str, value: Value, characters: Value) -> Value:
        if isinstance(value, str) and isinstance(characters, str) and len(characters) < 100:
            return TRIMS[name](value, characters)
        self._bound(name, value, characters, TRIM)
        return self._own(f"SELECT {name}(?, ?)", value, characters)

    def _instr(self, value: Value, wanted: Value) -> Value:
        self._bound("instr", value, wanted, SEARCH)
        if isinstance(value, str) and isinstance(wanted, str):
            return value.find(wanted) + 1
        return self._own("SELECT instr(?, ?)", value, wanted)

    def _replace(self, value: Value, wanted: Value, other: Value) -> Value:
        self._bound("replace", value, wanted, SEARCH)
        texts = isinstance(value, str) and isinstance(wanted, str) and isinstance(other, str)
        if texts and wanted and len(value) * (1 + len(other)) < self._longest:
            return value.replace(wanted, other)
        return self._own("SELECT replace(?, ?, ?)", value, wanted, other)

    def _bound(self, name: str, value: Value, wanted: Value, most: int) -> None:
        if _length(value) * _length(wanted) > most:
            self._tell(f"{name}() takes shorter texts than these")
            raise ValueError

    def _own(self, sql: str, *values: Value) -> Value:
        try:
            return self._plain.execute(sql, values).fetchone()[0]
        except sqlite3.DataError:
            self._tell(f"a text grows beyond {self._longest} bytes")
            raise

    @cached_property
    def _plain(self) -> sqlite3.Connection:
        # Asked for exactly what SQLite answers, of numbers and BLOBs too.
        db = sqlite3.connect(":memory:")
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._longest)
        return db

    def close(self) -> None:
        """Let go of what was opened."""
        if "_plain" in self.__dict__:
            self._plain.close()


def _length(value: Value) -> int:
    return len(value) if isinstance(value, str | bytes) else 30
