"""How many processes are started for many statements at once."""

from __future__ import annotations

import math

import anyio
import pytest

from toolpost_sqlite import processes
from toolpost_sqlite.process import Process
from toolpost_sqlite.processes import KEPT, MOST

SHORT = {"query": "SELECT 1 FROM customers"}
ENDLESS = {"query": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"}


@pytest.fixture
def started(monkeypatch):
    """The processes that were started."""
    made: list[Process] = []

    class Counted(Process):
        def __init__(self, *args, **more):
            made.append(self)
            super().__init__(*args, **more)

    monkeypatch.setattr(processes, "Process", Counted)
    return made


async def test_short_statements_wait_for_those_at_work(serving, started, monkeypatch):
    monkeypatch.setattr(processes, "SOON", math.inf)
    found = []

    async def read(host) -> None:
        found.append((await host.call("read_query", SHORT)).structured["rows"])

    with anyio.fail_after(60):
        async with serving() as host, anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(read, host)
    assert found == [[[1], [1], [1]]] * 40
    assert len(started) == KEPT


async def test_beside_long_statements_another_process_is_started(serving, started):
    with anyio.fail_after(60):
        async with serving(seconds=60) as host, anyio.create_task_group() as tasks:
            for _ in range(MOST - 1):
                tasks.start_soon(host.call, "read_query", ENDLESS)
            while len(started) < MOST - 1:
                await anyio.sleep(0.005)
            assert (await host.call("read_query", SHORT)).structured["rows"]
            tasks.cancel_scope.cancel()
    assert len(started) == MOST


async def test_who_leaves_while_it_waits_loses_no_process(serving, started, monkeypatch):
    monkeypatch.setattr(processes, "SOON", math.inf)
    with anyio.fail_after(60):
        async with serving() as host:
            for most in range(1, 20):
                async with anyio.create_task_group() as tasks:
                    for _ in range(6):
                        tasks.start_soon(host.call, "read_query", SHORT)
                    for _ in range(most):
                        await anyio.sleep(0.0005)
                    tasks.cancel_scope.cancel()
                # If one were lost for ever, this would wait for it.
                assert (await host.call("read_query", SHORT)).structured["rows"]
                async with anyio.create_task_group() as tasks:
                    for _ in range(4):
                        tasks.start_soon(host.call, "read_query", SHORT)


async def test_one_that_ends_at_work_does_not_hold_up_who_waits(serving, started):
    with anyio.fail_after(60):
        async with serving(seconds=0.2) as host, anyio.create_task_group() as tasks:
            for _ in range(KEPT):
                tasks.start_soon(failing, host)
            assert (await host.call("read_query", SHORT)).structured["rows"]


async def failing(host) -> None:
    with pytest.raises(Exception, match="took longer"):
        await host.call("read_query", ENDLESS)
