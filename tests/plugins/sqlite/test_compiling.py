"""Statements and files that take all there is while SQLite compiles, which nothing inside SQLite interrupts."""

from __future__ import annotations

import json
import subprocess
import sys

import anyio
import pytest

from toolpost import ToolError

MEMORY = 30_000_000
# What Python and the host take besides.
REST = 130_000_000


def levels(first: str, each: str, count: int) -> str:
    """Common tables, each of which asks the one before for more."""
    parts = ", ".join(f"c{i} AS ({each.replace('@', f'c{i - 1}')})" for i in range(1, count))
    return f"WITH c0 AS ({first}), {parts} SELECT x FROM c{count - 1}"


def nested(each: str, count: int) -> str:
    """The same, as selects within selects."""
    query = "SELECT total AS x FROM orders"
    for _ in range(count):
        query = each.replace("@", f"({query})")
    return query


FLATTENED = "SELECT x || x || x || x || x || x || x || x AS x FROM @"
ATTACKS = {
    "common tables": levels("SELECT total AS x FROM orders", FLATTENED, 9),
    "selects": nested("SELECT max(x, x, x, x, x, x, x, x) AS x FROM @", 9),
    "cases": nested(
        "SELECT CASE WHEN x IN (x, x, x) THEN x WHEN x BETWEEN x AND x THEN json_array(x) END AS x FROM @", 9
    ),
    "joins": levels("SELECT 1 AS x", "SELECT 1 AS x FROM @ a, @ b", 18),
    "wide joins": levels("SELECT 1 AS x", f"SELECT 1 AS x FROM {', '.join(f'@ a{i}' for i in range(20))}", 5),
    "unions": levels("SELECT 1 AS x", "SELECT x FROM @ UNION ALL SELECT x FROM @", 17),
    "values": f"VALUES {', '.join(['(1)'] * 180_000)}",
}
# Runs in a process of its own, whose children are those that SQLite works in.
MEASURED = """
import json, sys, threading, time, anyio
from pathlib import Path
from toolpost import ToolError
from toolpost.testing import open_host
from toolpost_sqlite import SQLite

async def main():
    path, memory, queries = json.load(sys.stdin)
    async with open_host(SQLite, settings={"sqlite": {"database": path, "memory": memory, "seconds": 0.5}}) as host:
        for query in queries:
            try:
                await host.call("read_query", {"query": query})
            except ToolError as error:
                assert "took longer" in str(error) or "bytes of memory" in str(error), error
        await host.call("list_tables")

def look():
    # Not rusage, whose maximum begins with what the process had that began this one.
    while True:
        for children in Path("/proc/self/task").glob("*/children"):
            for number in ("self", *children.read_text().split()):
                try:
                    status = Path(f"/proc/{number}/status").read_text()
                except OSError:
                    continue
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        seen[number] = max(seen.get(number, 0), int(line.split()[1]))
        time.sleep(0.005)

seen = {}
threading.Thread(target=look, daemon=True).start()
anyio.run(main, backend=sys.argv[1])
print(max(seen.values()) * 1024)
"""


@pytest.mark.parametrize("query", ATTACKS.values(), ids=ATTACKS)
async def test_a_statement_that_grows_while_it_is_compiled_is_stopped_in_time(serving, query):
    async with serving(memory=MEMORY, seconds=0.5) as host:
        with anyio.fail_after(10):
            with pytest.raises(ToolError, match=f"took longer than 0.5 s|more than {MEMORY} bytes"):
                await host.call("read_query", {"query": query})
        assert (await host.call("list_tables")).structured["rows"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere sizes are told otherwise")
async def test_no_process_takes_more_memory_than_it_may(shop, anyio_backend_name):
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, anyio_backend_name],
        input=json.dumps([str(shop), MEMORY, [*ATTACKS.values()]]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) < MEMORY + REST


WIDE = " || ".join(["x@"] * 8)
VIEWS = ["CREATE VIEW v0 AS SELECT total AS x FROM orders"]
VIEWS += [f"CREATE VIEW v{i} AS SELECT {WIDE.replace('@', '')} AS x FROM v{i - 1}" for i in range(1, 10)]
COLUMNS = ", ".join(f"x{i} AS ({WIDE.replace('@', str(i - 1))})" for i in range(1, 10))
UPDATE = "UPDATE customers SET photo = (SELECT x FROM v5)"
TRIGGERS = [f"CREATE TRIGGER t{i} AFTER INSERT ON customers BEGIN {UPDATE}; END" for i in range(40)]
WRITE = ("write_query", "INSERT INTO customers (name) VALUES ('Dora')")


@pytest.mark.parametrize(
    ("made", "tool", "query"),
    [
        (VIEWS, *WRITE),
        ([*VIEWS[:6], *TRIGGERS], *WRITE),
        ([f"CREATE TABLE hostile (x0, {COLUMNS})"], "read_query", "SELECT x9 FROM hostile"),
    ],
    ids=["views", "triggers", "columns"],
)
async def test_a_file_that_grows_while_it_is_read_stops_only_its_own_call(serving, asked, made, tool, query):
    for sql in made:
        asked(sql)
    async with serving(memory=MEMORY, seconds=0.5) as host:
        with anyio.fail_after(10), pytest.raises(ToolError, match="took longer|bytes of memory"):
            await host.call(tool, {"query": query})
    assert asked("SELECT count(*) FROM customers") == [(3,)]
