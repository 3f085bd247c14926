"""Statements that try to do more than their tool is for."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost import InvalidArguments, ToolError
from toolpost.testing import open_host
from toolpost_sqlite import SQLite

from .conftest import SCHEMA

OTHER = "other.db"
READING = [
    "INSERT INTO customers (name) VALUES ('x')",
    "WITH a AS (SELECT 1) INSERT INTO customers (name) SELECT 'x'",
    "WITH a AS (SELECT 1) DELETE FROM orders RETURNING *",
    "WITH a AS (SELECT 1) UPDATE sqlite_master SET sql = ''",
    "WITH a AS (SELECT 1) DELETE FROM notes_data",
    "WITH a AS (SELECT 1) INSERT INTO notes (notes) VALUES ('rebuild')",
    "EXPLAIN DELETE FROM orders",
    "/**/ DELETE FROM orders",
    "--\nDELETE FROM orders",
    "SELECT 1; DELETE FROM orders",
    "SELECT 1;/**/;DELETE FROM orders",
    "DELETE FROM orders --",
    "DROP TABLE orders",
    "ALTER TABLE orders ADD x",
    "CREATE TEMP TABLE t (x)",
    "CREATE TABLE t (x)",
    "CREATE VIEW t AS SELECT 1",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    f"VACUUM INTO '{OTHER}'",
    f"VACUUM main INTO '{OTHER}'",
    f"EXPLAIN VACUUM INTO '{OTHER}'; VACUUM INTO '{OTHER}'",
    f"ATTACH '{OTHER}' AS o",
    f"EXPLAIN ATTACH '{OTHER}' AS o",
    f"SELECT 1; ATTACH '{OTHER}' AS o",
    "DETACH main",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "EXPLAIN COMMIT",
    "PRAGMA query_only = OFF",
    "PRAGMA query_only(0)",
    "PRAGMA main.query_only = 0",
    "EXPLAIN PRAGMA query_only = 0",
    "PRAGMA writable_schema = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA journal_mode(DELETE)",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 7",
    "PRAGMA schema_version = 7",
    "PRAGMA wal_checkpoint",
    "PRAGMA optimize",
    "PRAGMA incremental_vacuum",
    "PRAGMA temp_store_directory = '/'",
    "PRAGMA mmap_size = 1000000",
    "PRAGMA database_list",
    "PRAGMA hard_heap_limit = 1",
    "PRAGMA soft_heap_limit = 1",
    "PRAGMA threads = 8",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_wal_checkpoint",
    "SELECT load_extension('x')",
    "SELECT LOAD_EXTENSION('x', 'y')",
    "SELECT readfile('/etc/passwd')",
    f"SELECT writefile('{OTHER}', 'x')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT edit('x')",
    f"SELECT * FROM '{OTHER}'.t",
    "SELECT * FROM temp.t",
    "SELECT * FROM fsdir('/')",
    "SELECT randomblob(1000000000)",
    "SELECT zeroblob(2000000)",
    "SELECT hex(zeroblob(900000))",
    "SELECT replace(hex(zeroblob(400000)), '0', '00')",
    "SELECT replace(hex(zeroblob(400000)), '0', x'0000')",
    "SELECT 'a' LIKE '" + "%a" * 60 + "'",
    "SELECT 'a' GLOB '" + "*a" * 60 + "'",
    "SELECT 1 AS '" + "n" * 500_000 + "'",
    "SELECT " + "(" * 500 + "1" + ")" * 500,
    "SELECT " + "-" * 500 + "1",
    "SELECT 1" + " + 1" * 3000,
    "SELECT '" + "x" * 1_100_000 + "'",
]
WRITING = [
    "SELECT 1",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "DROP TABLE orders",
    "DELETE FROM orders; DROP TABLE orders",
    "UPDATE sqlite_master SET sql = 'x'",
    "WITH a AS (SELECT 1) DELETE FROM sqlite_master",
    "INSERT INTO sqlite_sequence VALUES ('orders', 1000)",
    "DELETE FROM sqlite_schema",
    "DELETE FROM notes_data",
    "UPDATE notes_config SET v = 9",
    "WITH a AS (SELECT 1) INSERT INTO places_node VALUES (9, x'00')",
    "INSERT INTO customers (name) SELECT load_extension('x')",
    "INSERT INTO customers (name) SELECT file FROM pragma_database_list",
    "ALTER TABLE orders RENAME TO o",
    "EXPLAIN DELETE FROM orders",
    "PRAGMA foreign_keys = OFF",
    f"ATTACH '{OTHER}' AS o",
    f"VACUUM INTO '{OTHER}'",
    "INSERT INTO orders (customer, total) VALUES (99, 1)",
    "INSERT INTO orders (customer, total) VALUES (1, -1)",
    "INSERT INTO customers (name) VALUES ('new'), ('Ann')",
    "INSERT OR ROLLBACK INTO customers (name) VALUES ('new'), ('Ann')",
    "INSERT OR FAIL INTO customers (name) VALUES ('new'), ('Ann')",
    "REPLACE INTO customers (id, name) VALUES (1, zeroblob(2000000))",
]
CREATING = [
    "CREATE TEMP TABLE t (x)",
    "CREATE TEMPORARY TABLE t (x)",
    "CREATE TABLE temp.t (x)",
    "CREATE VIRTUAL TABLE t USING fts5(x)",
    "CREATE VIEW t AS SELECT 1",
    "CREATE INDEX i ON orders (total)",
    "CREATE UNIQUE INDEX i ON orders (total)",
    "CREATE TRIGGER t AFTER INSERT ON orders BEGIN DELETE FROM customers; END",
    "CREATE TABLE t (x); DROP TABLE orders",
    "CREATE TABLE sqlite_x (x)",
    "CREATE TABLE t AS SELECT load_extension('x') AS x",
    "CREATE TABLE t AS SELECT file FROM pragma_database_list",
    "DROP TABLE orders",
    "INSERT INTO orders VALUES (1)",
    f"CREATE TABLE o.t (x) /* ATTACH '{OTHER}' AS o */",
]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("tool", "query"),
    [(tool, query) for tool, queries in (("read_query", READING), ("write_query", WRITING), ("create_table", CREATING))
     for query in queries],
)  # fmt: skip
async def test_an_attack_is_refused_and_changes_nothing(serving, shop, tool, query):
    before = digest(shop)
    async with serving() as host:
        with pytest.raises(InvalidArguments):
            await host.call(tool, {"query": query})
    assert digest(shop) == before
    assert [path.name for path in shop.parent.iterdir() if path.name != "home"] == [shop.name]


async def test_errors_never_tell_where_the_file_is(serving, shop):
    async with serving() as host:
        for query in READING:
            with pytest.raises(ToolError) as caught:
                await host.call("read_query", {"query": query})
            assert shop.parent.name not in str(caught.value)


@pytest.mark.parametrize("name", ["pragma_table_list", "pragma_table_xinfo", "pragma_index_list"])
async def test_a_table_named_like_a_pragma_hides_nothing(serving, asked, name):
    async with serving() as host:
        await host.call("create_table", {"query": f"CREATE TABLE {name} (schema, name, type)"})
        assert "orders" in (await host.call("list_tables", {})).text
        assert "total" in (await host.call("describe_table", {"table_name": "orders"})).text
        with pytest.raises(InvalidArguments, match="did you mean 'total'"):
            await host.call("read_query", {"query": "SELECT totl FROM orders"})
        with pytest.raises(InvalidArguments, match="may not delete from notes_data"):
            await host.call("write_query", {"query": "DELETE FROM notes_data"})


async def test_what_virtual_tables_need_is_guarded_in_every_alphabet(serving, asked):
    asked("CREATE VIRTUAL TABLE Ähren USING fts5(body)")
    async with serving() as host:
        with pytest.raises(InvalidArguments, match="may not delete from"):
            await host.call("write_query", {"query": "DELETE FROM Ähren_data"})


KEYWORDS = """
    SELECT WITH RECURSIVE INSERT UPDATE DELETE REPLACE INTO FROM VALUES SET ATTACH DETACH VACUUM PRAGMA EXPLAIN CREATE
    TEMP TABLE VIEW DROP ALTER REINDEX ANALYZE BEGIN COMMIT SAVEPOINT AS WHERE RETURNING
"""
NAMES = """
    orders customers notes notes_data sqlite_master name id a main. temp. query_only query_only=0 writable_schema
    journal_mode=wal user_version=1 load_extension(
"""
SIGNS = """ ( ) ( , ; ; -- /* */ 1 'x' * = """
WHOLE = st.sampled_from([*READING, *WRITING, *CREATING])
HOSTILE = st.one_of(
    st.lists(st.sampled_from([*KEYWORDS.split(), *NAMES.split(), *SIGNS.split(), "\n"]), max_size=14).map(" ".join),
    st.tuples(st.sampled_from(["WITH a AS (SELECT 1) ", "EXPLAIN ", "SELECT 1;", "/* */", "\ufeff", ";"]), WHOLE).map(
        "".join
    ),
    st.tuples(WHOLE, WHOLE).map(";".join),
    st.text(max_size=40),
)


@settings(max_examples=60)
@given(queries=st.lists(HOSTILE, min_size=1, max_size=5))
def test_a_reading_tool_never_changes_the_file(tmp_path_factory, queries):
    path = tmp_path_factory.mktemp("db") / "shop.db"
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
    db.close()
    before = digest(path)

    async def ask() -> None:
        table = {"database": str(path), "seconds": 0.5}
        async with open_host(SQLite, settings={"sqlite": table}) as host:
            for query in queries:
                for tool, arguments in (("read_query", {"query": query}), ("describe_table", {"table_name": query})):
                    with suppress(InvalidArguments):  # never a crash
                        await host.call(tool, arguments)

    anyio.run(ask)
    assert digest(path) == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
