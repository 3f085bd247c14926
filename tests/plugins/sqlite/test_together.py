"""Several who use one file at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import anyio
import pytest

from toolpost import Unavailable
from toolpost.testing import open_host
from toolpost_sqlite import SQLite


@pytest.mark.parametrize("mode", ["wal", "delete"])
async def test_readers_see_whole_transfers_while_writers_write(serving, asked, mode):
    asked(f"PRAGMA journal_mode = {mode}")
    seen: set[float] = set()

    async def move(host) -> None:
        for amount in range(15):
            query = "UPDATE orders SET total = total + CASE id WHEN 1 THEN -:a WHEN 2 THEN :a ELSE 0 END"
            await host.call("write_query", {"query": query, "parameters": {"a": amount / 100}})

    async def look(host) -> None:
        for _ in range(15):
            found = await host.call("read_query", {"query": "SELECT sum(total) FROM orders"})
            seen.add(round(found.structured["rows"][0][0], 6))

    async with serving(wait=20, seconds=30) as host, anyio.create_task_group() as tasks:
        for work in (move, move, look, look, look):
            tasks.start_soon(work, host)
    assert seen == {37.5}


async def test_no_increment_is_lost(serving, asked):
    async with serving(wait=20, seconds=30) as host, anyio.create_task_group() as tasks:
        for _ in range(20):
            query = {"query": "UPDATE orders SET total = total + 1 WHERE id = 1"}
            tasks.start_soon(host.call, "write_query", query)
    assert asked("SELECT total FROM orders WHERE id = 1") == [(30.5,)]


@pytest.mark.parametrize(
    ("tool", "query"),
    [
        ("write_query", "DELETE FROM orders"),
        ("create_table", "CREATE TABLE t (x)"),
        ("read_query", "SELECT 1 FROM orders"),
    ],
)
async def test_who_waits_too_long_for_another_writer_may_try_again(serving, shop, tool, query):
    with closing(sqlite3.connect(shop, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with serving(wait=0.05) as host:
            with pytest.raises(Unavailable, match="held by another writer") as caught:
                await host.call(tool, {"query": query})
    assert caught.value.retry_after == 0.05


async def test_a_writer_waits_for_readers_and_then_commits_or_takes_all_back(serving, shop, asked):
    with closing(sqlite3.connect(shop, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM orders").fetchall()
        async with serving(wait=0.05) as host:
            with pytest.raises(Unavailable):
                await host.call("write_query", {"query": "DELETE FROM orders"})
        reader.execute("COMMIT")
    assert asked("SELECT count(*) FROM orders") == [(3,)]


async def test_a_writer_that_ends_in_time_is_waited_for(shop):
    other = sqlite3.connect(shop, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    table = {"database": str(shop), "wait": 20}
    async with (
        open_host(SQLite, layers=["retry"], settings={"sqlite": table}) as host,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(host.call, "write_query", {"query": "DELETE FROM orders"})
        await anyio.wait_all_tasks_blocked()
        other.execute("COMMIT")
        other.close()
    with closing(sqlite3.connect(shop)) as db:
        assert db.execute("SELECT count(*) FROM orders").fetchone() == (0,)
