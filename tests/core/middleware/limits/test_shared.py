"""Several processes over one store keep one limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Context, Host, Unavailable
from toolpost.middleware.limits import Limits, Rule
from toolpost.middleware.limits.shared import LEASE
from toolpost.store.sqlite import SQLiteStore

from .conftest import Clock, Desk, admissions, admitted

HERE = Path(__file__).parent


@pytest.fixture
def replica(tmp_path: Path) -> Any:
    """Makes hosts that share a store, each with a connection of its own."""
    clock = Clock(1_700_000_000.0)

    def made(*rules: Rule, **settings: Any) -> tuple[Host, Desk, Limits]:
        desk, store = Desk(), SQLiteStore(tmp_path / "store", clock)
        limits = Limits(store, rules=list(rules), shared=True, **{"max_wait": 0.0, **settings})
        for limit in limits._limits:
            limit.buckets._clock = clock  # type: ignore[attr-defined]  # the wall's, which cannot be set
        return Host({"limits": limits, "desk": desk}), desk, limits

    made.clock = clock  # type: ignore[attr-defined]  # handed along
    return made


def test_processes_share_a_bucket_to_the_token(tmp_path: Path):
    command = [sys.executable, str(HERE / "sharing.py"), str(tmp_path / "store"), "40"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(child.communicate(timeout=60)[0]) for child in children) == 50


async def test_what_one_has_taken_the_other_lacks(replica: Any):
    rule = Rule(per=["principal"], rate="10/minute", burst=4)
    (one, *_), (other, *_) = replica(rule), replica(rule)
    async with one, other:
        assert await admissions(one, 3) == 3
        assert await admissions(other, 3) == 1
        assert await admissions(other, 9, "bob") == 4
        replica.clock.now += 6
        assert [await admitted(host) for host in (one, other)] == [True, False]


async def test_within_a_minute_as_many_pass_as_with_one_process(replica: Any):
    rule = Rule(rate="60/minute", burst=5)
    (one, *_), (other, *_) = replica(rule), replica(rule)
    passed = 0
    async with one, other:
        for _ in range(120):
            passed += await admitted(one) + await admitted(other)
            replica.clock.now += 0.5
    assert abs(passed - 65) <= 1


async def test_places_are_shared_and_freed(replica: Any):
    rule = Rule(concurrency=2)
    (one, desk, _), (other, *_) = replica(rule), replica(rule)
    desk.gate = anyio.Event()
    async with one, other:
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(one.call, "work")
            while len(desk.started) < 2:
                await anyio.lowlevel.checkpoint()
            assert not await admitted(other)
            desk.gate.set()
        assert await admissions(other, 3) == 3


async def test_calls_that_are_cancelled_give_their_places_back(replica: Any):
    (one, desk, limits), (other, *_) = replica(Rule(concurrency=3)), replica(Rule(concurrency=3))
    desk.gate = anyio.Event()
    async with one, other:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(one.call, "work")
            while len(desk.started) < 3:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert limits._limits[0].buckets.running == 0
        assert await admissions(other, 3) == 3


async def test_a_place_of_a_process_that_died_is_free_when_its_lease_ends(replica: Any):
    (one, _, limits), (other, *_) = replica(Rule(concurrency=1)), replica(Rule(concurrency=1))
    async with one, other:
        assert await limits._limits[0].buckets.take("", limits._limits[0].pace(_call(one))) == 0
        assert not await admitted(other)
        replica.clock.now += LEASE
        assert await admitted(other)


def _call(host: Host) -> Any:
    from .conftest import call_of

    return call_of(host)


async def test_a_call_that_is_refused_elsewhere_gives_its_token_back(replica: Any):
    rules = Rule(name="narrow", per=["principal"], rate="5/day"), Rule(name="wide", rate="2/day")
    (one, *_), (other, *_) = replica(*rules), replica(*rules)
    async with one, other:
        assert await admissions(one, 20) == 2
        replica.clock.now += 43_200
        assert await admitted(other)


async def test_those_who_wait_are_let_in_when_another_process_is_done(replica: Any):
    (one, desk, _), (other, second, _) = replica(Rule(concurrency=1)), replica(Rule(concurrency=1), max_wait=60.0)
    desk.gate = anyio.Event()
    async with one, other, anyio.create_task_group() as tasks:
        tasks.start_soon(one.call, "work")
        while not desk.started:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(other.call, "work")
        desk.gate.set()
    assert second.started == ["local"]


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0])
async def test_a_wall_clock_that_jumps_costs_a_bucket_at_most(replica: Any, jump: float):
    host, *_ = replica(Rule(rate="10/minute", burst=3))
    async with host:
        assert await admissions(host, 9) == 3
        replica.clock.now += jump
        assert await admissions(host, 9) <= 3
        replica.clock.now += 6.1
        assert await admitted(host)


async def test_a_store_that_fails_lets_nobody_in(tmp_path: Path):
    (tmp_path / "store").write_bytes(b"no database" * 1000)
    limits = Limits(SQLiteStore(tmp_path / "store"), rules=[Rule(rate="1/day")], shared=True)
    async with Host({"limits": limits, "desk": Desk()}) as host:
        with pytest.raises(Unavailable, match="store"):
            await host.call("work")


async def test_nothing_in_the_store_says_who_calls(replica: Any, tmp_path: Path):
    host, *_ = replica(Rule(per=["principal", "tool"], rate="1/day", concurrency=1))
    async with host:
        await host.call("work", {}, Context(principal="ann@example.com"))
    assert b"ann@" not in b"".join(path.read_bytes() for path in tmp_path.glob("store*"))
