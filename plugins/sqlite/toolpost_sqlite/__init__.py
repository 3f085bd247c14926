"""Reads and writes a SQLite database that the operator names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.kit import homes, lazily

if TYPE_CHECKING:
    from toolpost_sqlite.plugin import SQLite as SQLite

# The process that SQLite works in imports this package too, and must not wait for all that a plugin needs.
_FOUND = homes({"plugin": "SQLite"})

__all__ = [*_FOUND]

__getattr__ = lazily(__name__, _FOUND, __name__)
