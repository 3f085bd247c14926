from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from toolpost import ToolError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes where Linux shows them")
HOST = """
import sys, threading, time, anyio
from pathlib import Path
from toolpost.testing import open_host
from toolpost_sqlite import SQLite

def children():
    return [word for file in Path("/proc/self/task").glob("*/children") for word in file.read_text().split()]

def tell():
    while not (found := children()):
        time.sleep(0.005)
    time.sleep(0.2)
    print(found[0], flush=True)

async def main():
    async with open_host(SQLite, settings={"sqlite": {"database": sys.argv[1], "seconds": 1}}) as host:
        await host.call("read_query", {"query": sys.argv[2]})

threading.Thread(target=tell, daemon=True).start()
anyio.run(main)
"""
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
COUNTS = f"{ENDLESS} SELECT count(*) FROM c"
SOME = "(SELECT x FROM c LIMIT 5000)"
JOINS = f"{ENDLESS} SELECT count(*) FROM {SOME}, {SOME}, {SOME}"
ZEROS = "SELECT zeroblob(900000)"
HEAPS = f"WITH RECURSIVE c(x) AS ({ZEROS} UNION ALL {ZEROS} FROM c) SELECT count(*) FROM ({{}})"
WRITES = f"INSERT INTO customers (name) {ENDLESS} SELECT 'n' || x FROM c WHERE x % 1000 = 0"
TEXT, PATTERN = "(SELECT hex(zeroblob(490000)))", "'%" + "0" * 97 + "1%'"
COMPARES = f"SELECT {', '.join(f'{TEXT} LIKE {PATTERN}' for _ in range(20))}"
TRIMS = "SELECT trim(hex(zeroblob(400000)), replace(hex(zeroblob(20000)), '0', '1') || '0')"


@pytest.mark.parametrize("query", [COUNTS, JOINS])
async def test_what_takes_too_long_is_stopped(serving, query):
    async with serving(seconds=0.1) as host:
        with pytest.raises(ToolError, match=r"took longer than 0\.1 s"):
            await host.call("read_query", {"query": query})


@pytest.mark.parametrize("query", ["SELECT x FROM c ORDER BY x", "SELECT DISTINCT x || random() FROM c"])
async def test_what_takes_too_much_memory_is_stopped(serving, query):
    async with serving(memory=50_000_000) as host:
        with pytest.raises(ToolError, match="more than 50000000 bytes of memory"):
            await host.call("read_query", {"query": HEAPS.format(query)})


async def test_a_write_that_is_stopped_changes_nothing(serving, asked):
    async with serving(seconds=0.1) as host:
        with pytest.raises(ToolError, match="nothing was changed"):
            await host.call("write_query", {"query": WRITES})
    assert asked("SELECT count(*) FROM customers") == [(3,)]


@pytest.mark.parametrize("query", [COMPARES, TRIMS])
async def test_what_nothing_inside_sqlite_interrupts_ends_with_its_process(serving, query):
    async with serving(seconds=0.05) as host:
        for _ in range(2):
            with pytest.raises(ToolError, match="took longer"):
                await host.call("read_query", {"query": query})
        await gone()
        assert (await host.call("list_tables")).structured["rows"]


@pytest.mark.parametrize(("tool", "query"), [("read_query", COUNTS), ("write_query", WRITES)])
async def test_work_ends_when_its_caller_goes(serving, shop, tool, query):
    async with serving(seconds=60) as host:
        with anyio.move_on_after(0.1) as scope:
            await host.call(tool, {"query": query})
        assert scope.cancelled_caught
        await gone()
        with closing(sqlite3.connect(shop, timeout=0)) as db:
            db.execute("BEGIN EXCLUSIVE")  # nobody holds the file any more
            assert db.execute("SELECT count(*) FROM customers").fetchone() == (3,)


async def test_a_process_that_was_killed_is_replaced(serving):
    async with serving() as host:
        await host.call("list_tables")
        for process in processes():
            os.kill(process, signal.SIGKILL)
            # Until it can be seen to have ended; who reaps it is the plugin.
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert (await host.call("list_tables")).structured["rows"]


@pytest.mark.parametrize("query", ["SELECT 1", COUNTS])
async def test_no_process_outlives_the_host(serving, query):
    async with serving() as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "read_query", {"query": query})
        with anyio.fail_after(10):
            while not processes():
                await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()
    await gone()


async def test_no_process_outlives_a_host_that_was_killed(shop):
    host = subprocess.Popen([sys.executable, "-c", HOST, str(shop), TRIMS], stdout=subprocess.PIPE, text=True)
    with host:
        assert host.stdout is not None
        ours = int(host.stdout.readline())
        host.kill()
    with anyio.fail_after(10):
        while is_alive(ours):
            await anyio.sleep(0.005)


def works() -> bool:
    """Whether a thread waits for a statement, or a process works on one."""
    return bool(processes()) or any(
        "toolpost_sqlite" in frame.f_code.co_filename for frame in sys._current_frames().values()
    )


async def gone() -> None:
    """Wait until none does."""
    with anyio.fail_after(10):
        while works():
            await anyio.sleep(0.005)


def processes() -> list[int]:
    """Those that SQLite works in."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(number) for task in tasks for number in task.read_text().split() if is_alive(int(number))]


def is_alive(number: int) -> bool:
    """Whether there is such a process that works in SQLite; one that is not yet reaped has no command."""
    try:
        return b"toolpost_sqlite" in Path(f"/proc/{number}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
