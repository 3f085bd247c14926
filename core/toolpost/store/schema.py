"""The tables of the SQLite store, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3

from toolpost.errors import Unavailable

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


def migrate(db: sqlite3.Connection) -> None:
    """Bring a file to the version of this program, each step whole or not at all.

    Raises:
        Unavailable: the file is from a newer toolpost.
    """
    if _version(db) == len(STEPS):
        return
    db.execute("BEGIN IMMEDIATE")  # of several processes one does it, the others wait and see it done
    try:
        version = _version(db)
        if version > len(STEPS):
            raise Unavailable(f"the store is from a newer toolpost (version {version}); update this one")
        for step in STEPS[version:]:
            for statement in filter(str.strip, step.split(";")):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(STEPS)}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
