"""The tables of the SQLite store, and how an older file becomes a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.errors import Unavailable

if TYPE_CHECKING:
    from sqlite3 import Connection

# One step for each version; a step that has been released never changes.
STEPS = (
    """
    CREATE TABLE entries (
        space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires REAL,
        PRIMARY KEY (space, key)
    ) WITHOUT ROWID;
    CREATE INDEX expiring ON entries (expires) WHERE expires IS NOT NULL;
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, sent REAL NOT NULL, body BLOB);
    CREATE INDEX by_topic ON messages (topic, id);
    """,
)


def is_current(db: Connection) -> bool:
    """Whether a file is of the version of this program."""
    return _version(db) == len(STEPS)


def migrate(db: Connection) -> None:
    """Bring a file to the version of this program, within a transaction.

    Raises:
        Unavailable: the file is from a newer toolpost.
    """
    version = _version(db)
    if version > len(STEPS):
        raise Unavailable(f"the store is from a newer toolpost (version {version}); update this one")
    for step in STEPS[version:]:
        for statement in filter(str.strip, step.split(";")):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {len(STEPS)}")


def _version(db: Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
