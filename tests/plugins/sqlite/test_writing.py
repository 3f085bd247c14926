from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from toolpost import InvalidArguments, PluginError, ToolError
from toolpost.testing import Services, open_host
from toolpost_sqlite import SQLite

DIES = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 5")
db.execute("BEGIN IMMEDIATE")
for i in range(2000):
    db.execute("INSERT INTO customers (name) VALUES (?)", (f"{i}" * 300,))
os.kill(os.getpid(), signal.SIGKILL)
"""


async def write(host, query, parameters=None):
    return (await host.call("write_query", {"query": query, "parameters": parameters})).structured


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("INSERT INTO customers (name) VALUES ('Dora'), ('Emil')", 2),
        ("UPDATE orders SET total = 1 WHERE customer = 1", 2),
        ("DELETE FROM orders", 3),
        ("REPLACE INTO customers (id, name) VALUES (3, 'x')", 1),
        ("WITH a AS (SELECT 2 AS x) DELETE FROM orders WHERE customer IN (SELECT x FROM a)", 1),
        ("INSERT INTO customers (name) VALUES ('Ann') ON CONFLICT (name) DO UPDATE SET photo = x'01'", 1),
        ("INSERT INTO notes VALUES ('another')", 1),
        ("UPDATE places SET west = 1", 1),
        ("INSERT INTO customers (name) SELECT value || '!' FROM json_each('[1, 2]')", 2),
        ("DELETE FROM orders WHERE 0; -- none", 0),
    ],
)
async def test_rows_are_changed_and_counted(serving, query, changed):
    async with serving() as host:
        assert await write(host, query) == {"affected_rows": changed}


async def test_what_was_written_is_there(serving, asked):
    async with serving() as host:
        await write(host, "INSERT INTO customers (name) VALUES (:name)", {"name": "D'Arcy; DROP TABLE orders"})
    assert asked("SELECT name FROM customers WHERE id = 4") == [("D'Arcy; DROP TABLE orders",)]


async def test_returning_gives_rows_back_and_changes_all_even_if_it_shows_few(serving, asked):
    async with serving(rows=1) as host:
        found = await write(host, "UPDATE orders SET total = total + 1 RETURNING id, total")
    assert (found["affected_rows"], found["returned"]["rows"]) == (3, [[1, 11.5]])
    assert asked("SELECT total FROM orders") == [(11.5,), (21.0,), (8.0,)]


async def test_a_write_that_fails_at_its_last_row_changes_none(serving, asked):
    async with serving() as host:
        with pytest.raises(InvalidArguments, match=r"UNIQUE constraint failed: customers\.name; nothing was changed"):
            await write(host, "INSERT INTO customers (name) VALUES ('x'), ('y'), ('Ann')")
    assert asked("SELECT count(*) FROM customers") == [(3,)]


async def test_a_write_may_let_the_file_grow_only_so_far(serving, shop):
    size = shop.stat().st_size
    grow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, zeroblob(900000) FROM c"
    async with serving(memory=20_000_000) as host:
        with pytest.raises(ToolError, match="grow too far; nothing was changed"):
            await write(host, f"INSERT INTO customers (name, photo) {grow}")
    assert shop.stat().st_size == size


async def test_a_table_is_created_once(serving):
    async with serving() as host:
        query = {"query": "CREATE /* a */ TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE)"}
        assert "was created" in (await host.call("create_table", query)).text
        assert "already" in (await host.call("create_table", query)).text
        await host.call("create_table", {"query": "CREATE TABLE copies AS SELECT value FROM json_each('[1]')"})
        with pytest.raises(InvalidArguments, match="already exists"):
            await host.call("create_table", {"query": "CREATE TABLE items (x)"})


async def test_the_first_table_makes_the_file_for_its_owner_alone(serving, tmp_path):
    path = tmp_path / "new.db"
    async with serving(database=str(path)) as host:
        with pytest.raises(ToolError, match="create_table"):
            await write(host, "INSERT INTO t VALUES (1)")
        assert not path.exists()
        await host.call("create_table", {"query": "CREATE TABLE t (x)"})
        assert await write(host, "INSERT INTO t VALUES (1)") == {"affected_rows": 1}
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_missing_folder_is_not_made(serving, tmp_path):
    async with serving(database=str(tmp_path / "none" / "new.db")) as host:
        with pytest.raises(ToolError, match="its folder is missing"):
            await host.call("create_table", {"query": "CREATE TABLE t (x)"})
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "content", [b"this is no database, but a long enough text" * 50, b"SQLite format 3\0" + b"\7" * 5000]
)
async def test_what_is_no_database_is_the_operators_to_see_to(serving, tmp_path, content):
    path = tmp_path / "text.db"
    path.write_bytes(content)
    async with serving(database=str(path)) as host:
        for tool in ("read_query", "write_query"):
            with pytest.raises(ToolError, match="the operator has to see to it"):
                await host.call(tool, {"query": "SELECT * FROM t" if tool == "read_query" else "DELETE FROM t"})
    assert path.read_bytes() == content


async def test_a_folder_or_pipe_is_no_database(serving, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        async with serving(database=str(path)) as host:
            with pytest.raises(ToolError, match="is no file"):
                await host.call("list_tables")


async def test_what_a_killed_writer_left_is_taken_back_by_the_next_reader(serving, shop):
    done = subprocess.run([sys.executable, "-c", DIES, str(shop)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert shop.with_name(f"{shop.name}-journal").stat().st_size
    async with serving() as host:
        found = await host.call("read_query", {"query": "SELECT count(*) FROM customers"})
    assert found.structured["rows"] == [[3]]


@pytest.mark.parametrize("mode", ["wal", "delete", "truncate", "persist"])
async def test_the_journal_mode_stays_as_it_is(serving, shop, asked, mode):
    asked(f"PRAGMA journal_mode = {mode}")
    async with serving() as host:
        await write(host, "DELETE FROM orders WHERE id = 1")
        found = await host.call("read_query", {"query": "SELECT count(*) FROM orders"})
    assert found.structured["rows"] == [[2]]
    with closing(sqlite3.connect(shop)) as db:
        assert (db.execute("PRAGMA journal_mode").fetchone()[0] == "wal") is (mode == "wal")


async def test_without_writing_tools_nothing_writes(serving):
    async with serving(read_only=True) as host:
        assert sorted(host.tools) == ["append_insight", "describe_table", "list_tables", "read_query"]


async def test_policies_can_tell_the_tools_apart(serving):
    async with serving() as host:
        natures = {tool.name: (tool.read_only, tool.destructive) for tool in host.tools.values()}
    assert natures == {
        "read_query": (True, None), "list_tables": (True, None), "describe_table": (True, None),
        "write_query": (False, True), "create_table": (False, False), "append_insight": (False, False),
    }  # fmt: skip


async def test_a_path_may_begin_at_home_or_lie_beside_the_configuration(tmp_path, monkeypatch, folders):
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    services = Services(tmp_path / "home")
    made = {name: SQLite(services.store, services.changes, folders, name) for name in ("~/a.db", "b.db")}
    assert made["~/a.db"].path == tmp_path / "ann" / "a.db"
    beside = type(folders)(tmp_path / "home", tmp_path / "etc" / "config.toml")
    assert SQLite(services.store, services.changes, beside, "b.db").path == tmp_path / "etc" / "b.db"


async def test_toolposts_own_files_are_refused(tmp_path):
    with pytest.raises((ValueError, PluginError), match="toolpost's own"):
        async with open_host(
            SQLite, settings={"sqlite": {"database": str(tmp_path / "data/toolpost.sqlite3")}}, folder=tmp_path
        ):
            pass
