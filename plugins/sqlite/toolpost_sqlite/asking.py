"""What the tools do with the database, in a process of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from toolpost import InvalidArguments, Unavailable
from toolpost_sqlite.database import Connection, File, Interrupted
from toolpost_sqlite.failures import OWN, TABLES, failure, names, near
from toolpost_sqlite.rows import Rows, fetch, fitting
from toolpost_sqlite.run import Busy, Run, is_busy
from toolpost_sqlite.words import first_words

Answer = TypeVar("Answer")
Parameters = Sequence[Any] | Mapping[str, Any]
READS = ("SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA")
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")
IN_MAIN = f"schema = 'main' AND type != 'shadow' AND {OWN}"
LISTED = f"SELECT name, type FROM temp.pragma_table_list WHERE {IN_MAIN} ORDER BY name"  # noqa: S608 - ours


def read(file: File, run: Run, sql: str, parameters: Parameters = ()) -> Rows:
    """The rows of a statement that only reads."""
    _expect(sql, READS, "read_query", "SELECT, WITH, VALUES, EXPLAIN and a PRAGMA that only tells")
    return _read(file, run, lambda connection: _rows(connection, sql, parameters), "read_query")


def tables(file: File, run: Run) -> Rows:
    """All tables and views, without those that virtual tables need for themselves."""
    return _read(file, run, lambda connection: _rows(connection, LISTED, ()), "list_tables")


def describe(file: File, run: Run, table: str) -> dict[str, Rows | str]:
    """Columns, foreign keys and indexes of a table or view, its kind and its statement."""
    return _read(file, run, lambda connection: _described(connection, table), "describe_table")


def write(file: File, run: Run, sql: str, parameters: Parameters) -> tuple[int, Rows | None]:
    """How many rows a statement changed, and what it returns."""
    _expect(sql, WRITES, "write_query", "INSERT, UPDATE, DELETE and REPLACE, also after WITH")
    with _writing(file, run, "write_query") as connection:
        connection.guard.kind = "write"
        # Compiled once only for the guard: when it runs, virtual tables write tables that no statement may name.
        connection.db.execute(f"EXPLAIN {sql}", parameters).close()
        if not connection.guard.changed:
            raise InvalidArguments("query: it changes nothing; read_query reads")
        connection.guard.shadow = ()
        cursor = connection.db.execute(sql, parameters)
        rows = fetch(cursor, connection.bounds) if cursor.description else None
        cursor.close()
        connection.guard.kind = None
        (changed,) = connection.db.execute("SELECT changes()").fetchone()
        run.commit(connection.db)
        return changed, rows


def create(file: File, run: Run, sql: str) -> bool:
    """Make a table; False where it was there."""
    if first_words(sql, 2) != "CREATE TABLE":
        raise InvalidArguments("query: create_table takes CREATE TABLE, and nothing else")
    with _writing(file, run, "create_table", create=True) as connection:
        before = connection.db.execute("PRAGMA schema_version").fetchone()
        connection.guard.kind = "create"
        connection.db.execute(sql).close()
        connection.guard.kind = None
        is_new: bool = connection.db.execute("PRAGMA schema_version").fetchone() != before
        run.commit(connection.db)
        return is_new


def _read(file: File, run: Run, work: Callable[[Connection], Answer], tool: str) -> Answer:
    with _contained(run, tool):
        try:
            return _read_once(file, run, work, tool)
        except Interrupted:
            file.recover()
        return _read_once(file, run, work, tool)


def _read_once(file: File, run: Run, work: Callable[[Connection], Answer], tool: str) -> Answer:
    with file.reading(run) as connection, _contained(run, tool, connection):
        return work(connection)


@contextmanager
def _writing(file: File, run: Run, tool: str, *, create: bool = False) -> Iterator[Connection]:
    with (
        _contained(run, tool, writes=True),
        file.writing(run, create=create) as connection,
        _contained(run, tool, connection, writes=True),
    ):
        yield connection


@contextmanager
def _contained(run: Run, tool: str, connection: Connection | None = None, *, writes: bool = False) -> Iterator[None]:
    """What SQLite raises becomes one of our errors; while its connection is open, names near a wrong one are found."""
    try:
        yield
    except Busy as error:
        raise _held(run) from error
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, MemoryError) as error:
        if isinstance(error, sqlite3.Error) and is_busy(error):
            raise _held(run) from error
        raise failure(error, run, connection, tool, writes=writes) from error


def _held(run: Run) -> Unavailable:
    text = f"the database is held by another writer for more than {run.bounds.wait:g} s"
    return Unavailable(text, retry_after=run.bounds.wait)


def _rows(connection: Connection, sql: str, parameters: Parameters) -> Rows:
    connection.guard.kind = "read"
    return fetch(connection.db.execute(sql, parameters), connection.bounds)


def _described(connection: Connection, table: str) -> dict[str, Rows | str]:
    found = connection.db.execute(
        "SELECT name, type, coalesce(sql, '') FROM sqlite_master"
        " WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
        (table,),
    ).fetchone()
    if found is None:
        raise InvalidArguments(f"table_name: there is no such table; {near(table[:64], names(connection, TABLES))}")
    name, kind, sql = found
    about = {
        "columns": (
            'SELECT cid, name, type, "notnull", dflt_value, pk FROM temp.pragma_table_xinfo(?) WHERE hidden != 1'
        ),
        "foreign_keys": 'SELECT "from", "table", "to", on_update, on_delete FROM temp.pragma_foreign_key_list(?)',
        "indexes": (
            'SELECT l.name, l."unique", (SELECT group_concat(i.name) FROM temp.pragma_index_info(l.name) i) AS columns'
            " FROM temp.pragma_index_list(?) l"
        ),
    }
    sql = fitting(sql, connection.bounds.bytes)
    return {"name": name, "kind": kind, "sql": sql, **{key: _rows(connection, q, (name,)) for key, q in about.items()}}


def _expect(sql: str, first: tuple[str, ...], tool: str, words: str) -> None:
    word = first_words(sql)
    if word in first:
        return
    if not word:
        raise InvalidArguments(f"query: there is no statement; {tool} takes {words}")
    way = {**dict.fromkeys(WRITES, "write_query changes rows"), "CREATE": "create_table makes tables"}
    way |= {"SELECT": "read_query reads"}
    hint = f"; {way[word]}" if word in way else ""
    raise InvalidArguments(f"query: {tool} takes {words}, not {word[:32]}{hint}")
