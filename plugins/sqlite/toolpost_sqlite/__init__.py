"""Reads and writes a SQLite database that the operator names."""

from toolpost_sqlite.plugin import SQLite

__all__ = ["SQLite"]
