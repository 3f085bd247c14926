"""What the tests of the `sqlite` plugin share: a shop's database, and hosts that serve it."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from toolpost.testing import open_host
from toolpost_sqlite import SQLite

SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, photo BLOB);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer INTEGER NOT NULL REFERENCES customers (id),
    total REAL CHECK (total >= 0)
);
CREATE VIEW spent AS SELECT name, sum(total) AS total FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.id;
CREATE VIRTUAL TABLE notes USING fts5(body);
CREATE VIRTUAL TABLE places USING rtree(id, west, east);
INSERT INTO customers (name) VALUES ('Ann'), ('Ben'), ('Çelik');
INSERT INTO orders (customer, total) VALUES (1, 10.5), (1, 20), (2, 7);
INSERT INTO notes VALUES ('the first note');
INSERT INTO places VALUES (1, 0, 10);
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "a shop?.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCHEMA)
    return path


@pytest.fixture
def serving(shop: Path):
    """Opens a host of the shop; settings are the plugin's."""

    @asynccontextmanager
    async def serve(**settings: Any):
        table = {"database": str(shop), **settings}
        async with open_host(SQLite, layers=["validation"], settings={"sqlite": table}) as host:
            yield host

    return serve


@pytest.fixture
def asked(shop: Path):
    """Asks the file itself, past the plugin."""

    def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(shop)) as db, db:
            return db.execute(sql, values).fetchall()

    return ask
