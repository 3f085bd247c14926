from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import anyio
import pytest

from toolpost import ToolError

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
COUNTS = f"{ENDLESS} SELECT count(*) FROM c"
SOME = "(SELECT x FROM c LIMIT 5000)"
JOINS = f"{ENDLESS} SELECT count(*) FROM {SOME}, {SOME}, {SOME}"
ZEROS = "SELECT zeroblob(900000)"
HEAPS = f"WITH RECURSIVE c(x) AS ({ZEROS} UNION ALL {ZEROS} FROM c) SELECT count(*) FROM ({{}})"
WRITES = f"INSERT INTO customers (name) {ENDLESS} SELECT 'n' || x FROM c WHERE x % 1000 = 0"


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


async def test_one_comparison_that_nothing_interrupts_does_not_hold_up_its_call(serving):
    pattern = "'%" + "0" * 97 + "1%'"
    text = "(SELECT hex(zeroblob(490000)))"
    query = f"SELECT {', '.join(f'{text} LIKE {pattern}' for _ in range(20))}"
    async with serving(seconds=0.05) as host:
        with pytest.raises(ToolError, match="took longer"):
            await host.call("read_query", {"query": query})
        assert works()
        await gone()


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


def works() -> bool:
    """Whether a thread works on a statement."""
    return any("toolpost_sqlite" in frame.f_code.co_filename for frame in sys._current_frames().values())


async def gone() -> None:
    """Wait until none does."""
    with anyio.fail_after(10):
        while works():
            await anyio.sleep(0.005)
