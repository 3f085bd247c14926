"""Who may wait is served in the order of coming, and whoever leaves leaves nothing behind."""

from __future__ import annotations

import time
from typing import Any

import anyio
import pytest

from toolpost import Client, Context, Host, ToolError, Unavailable
from toolpost.middleware.limits import Rule
from toolpost.middleware.limits.buckets import OwnBuckets

from .conftest import Bench, admitted

# Rates at which a line moves on in no time.
FAST = {"clock": time.monotonic, "max_wait": 60.0}


async def test_those_who_wait_for_a_token_get_theirs_in_order(bench: Bench):
    async with bench.host(Rule(rate="500/second", burst=1), **FAST) as host, anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(host.call, "work", {"text": str(number)})
            await anyio.wait_all_tasks_blocked()
    assert bench.desk.started == [str(number) for number in range(20)]
    assert bench.idle()


async def test_so_many_run_at_once_and_the_others_follow_in_order(bench: Bench):
    bench.desk.gate = anyio.Event()
    async with bench.host(Rule(concurrency=3), **FAST) as host, anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(host.call, "work", {"text": str(number)})
            await anyio.wait_all_tasks_blocked()
        assert bench.desk.started == ["0", "1", "2"]
        assert _gauges(bench) == {"waiting": 27, "running": 3, "buckets": 0}
        bench.desk.gate.set()
    assert bench.desk.started == [str(number) for number in range(30)]
    assert bench.desk.most == 3
    assert bench.idle()


def _gauges(bench: Bench) -> dict[str, float]:
    return {gauge.name.removeprefix("toolpost_limits_"): gauge.read()["rule 1"] for gauge in bench.limits.gauges()}


async def test_a_newcomer_does_not_pass_those_who_wait(bench: Bench):
    """A place is free and somebody waits: it is his, though he has not woken yet."""
    gates = [anyio.Event(), anyio.Event()]
    async with bench.host(Rule(concurrency=1), **FAST) as host, anyio.create_task_group() as tasks:
        bench.desk.gate = gates[0]
        tasks.start_soon(host.call, "work", {"text": "first"})
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(host.call, "work", {"text": "second"})
        await anyio.wait_all_tasks_blocked()
        gates[0].set()
        while bench.desk.running:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(host.call, "work", {"text": "third"})
    assert bench.desk.started == ["first", "second", "third"]


async def test_a_line_that_is_full_takes_nobody(bench: Bench):
    bench.desk.gate = anyio.Event()
    async with bench.host(Rule(concurrency=1), queue=2, **FAST) as host, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(host.call, "work")
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(Unavailable, match="limited to 1 at once; try again in") as told:
            await host.call("work")
        assert told.value.meta["toolpost/limits"]["waiting"] == 2
        assert told.value.retry_after > 0
        bench.desk.gate.set()
    assert bench.idle()


async def test_lines_are_each_for_one_bucket(bench: Bench):
    bench.desk.gate = anyio.Event()
    rule = Rule(per=["principal"], concurrency=1)
    async with bench.host(rule, queue=1, **FAST) as host, anyio.create_task_group() as tasks:
        for name in ("ann", "ann", "bob", "bob"):
            tasks.start_soon(host.call, "work", {}, Context(principal=name))
            await anyio.wait_all_tasks_blocked()
        assert bench.desk.started == ["ann", "bob"]
        bench.desk.gate.set()
    assert sorted(bench.desk.started) == ["ann", "ann", "bob", "bob"]


async def test_who_waits_for_his_own_limit_takes_no_place_of_others(bench: Bench):
    bench.desk.gate = anyio.Event()
    rules = Rule(concurrency=2), Rule(per=["principal"], concurrency=1)
    async with bench.host(*rules, **FAST) as host, anyio.create_task_group() as tasks:
        for name in ("ann", "ann", "ann", "bob"):
            tasks.start_soon(host.call, "work", {}, Context(principal=name))
            await anyio.wait_all_tasks_blocked()
        assert bench.desk.started == ["ann", "bob"]
        bench.desk.gate.set()
    assert bench.idle()


async def test_nobody_waits_for_what_will_not_come_in_time(bench: Bench):
    """The bucket says when: so the answer comes at once, and the token is left to others."""
    async with bench.host(Rule(rate="1/hour"), max_wait=600.0, clock=time.monotonic) as host:
        assert await admitted(host)
        assert not await admitted(host)
        assert bench.idle()


@pytest.mark.parametrize("how", ["scope", "deadline", "client"])
async def test_a_caller_with_less_time_waits_no_longer(bench: Bench, how: str):
    async with bench.host(Rule(rate="1/second"), max_wait=600.0, clock=time.monotonic) as host:
        assert await admitted(host)
        context = Context()
        if how == "deadline":
            context.deadline = anyio.current_time() + 0.2
        elif how == "client":
            context.client = Client(call_seconds=0.4)
        with anyio.move_on_after(0.2 if how == "scope" else 60) as scope, pytest.raises(Unavailable):
            await host.call("work", {}, context)
        assert not scope.cancelled_caught
    assert bench.desk.started == ["ann"]


async def test_a_place_that_does_not_come_in_time_is_given_up(bench: Bench):
    bench.desk.gate = anyio.Event()
    settings = {**FAST, "max_wait": 0.05}
    async with bench.host(Rule(concurrency=1), **settings) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "work")
        await anyio.wait_all_tasks_blocked()
        assert not await admitted(host)
        assert not bench.limit.lines
        bench.desk.gate.set()
        await anyio.wait_all_tasks_blocked()
        assert await admitted(host)


async def test_waiting_is_noted(bench: Bench):
    context = Context()
    async with bench.host(Rule(name="paced", rate="500/second", burst=1), **FAST) as host:
        await host.call("work")
        while not context.notes:
            await host.call("work", {}, context)
    assert [(note.decision, list(note.counts)) for note in context.notes] == [("waited", ["waited_ms"])]


async def test_a_thousand_who_leave_the_line_leave_nothing_behind(bench: Bench):
    bench.desk.gate = anyio.Event()
    rules = Rule(rate="2000/hour", concurrency=1), Rule(per=["principal"], rate="2000/hour", concurrency=2000)
    settings = {"max_wait": 60.0, "queue": 2000}
    async with bench.host(*rules, **settings) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "work")
        await anyio.wait_all_tasks_blocked()
        before = [dict(limit.buckets._full_at) for limit in bench.limits._limits]
        async with anyio.create_task_group() as leaving:
            for _ in range(1_000):
                leaving.start_soon(host.call, "work")
            await anyio.wait_all_tasks_blocked()
            leaving.cancel_scope.cancel()
        after = [dict(limit.buckets._full_at) for limit in bench.limits._limits]
        assert after == [pytest.approx(bucket) for bucket in before]
        assert [limit.buckets.running for limit in bench.limits._limits] == [1, 1]
        assert not any(limit.lines for limit in bench.limits._limits)
        bench.desk.gate.set()
        await anyio.wait_all_tasks_blocked()
        assert await admitted(host, "local")
    assert bench.idle()


async def test_calls_that_are_cancelled_while_they_run_free_their_place(bench: Bench):
    bench.desk.gate = anyio.Event()
    async with bench.host(Rule(concurrency=5), **FAST) as host:
        for _ in range(20):
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(host.call, "work")
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
            assert bench.idle()


async def test_the_first_in_line_may_leave_and_the_second_goes(bench: Bench):
    gate = bench.desk.gate = anyio.Event()
    async with bench.host(Rule(concurrency=1), **FAST) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "work", {"text": "holds"})
        await anyio.wait_all_tasks_blocked()
        leaver = anyio.CancelScope()

        async def leave() -> None:
            with leaver:
                await host.call("work", {"text": "leaves"})

        tasks.start_soon(leave)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(host.call, "work", {"text": "stays"})
        await anyio.wait_all_tasks_blocked()
        leaver.cancel()
        gate.set()
    assert bench.desk.started == ["holds", "stays"]


async def test_under_a_crowd_everybody_comes_in_time(bench: Bench):
    """Neither the callers of one bucket nor those of another starve, whatever they share."""
    rules = (
        Rule(name="all", concurrency=3, rate="2000/second", burst=5),
        Rule(name="each", per=["principal"], concurrency=1, rate="1000/second", burst=2),
    )
    crowd: list[str] = []

    async def call(host: Host, name: str) -> None:
        await host.call("work", {}, Context(principal=name))
        crowd.append(name)

    async with bench.host(*rules, **FAST) as host, anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(call, host, f"caller-{number % 7}")
    assert len(crowd) == 200
    assert bench.desk.most <= 3
    assert bench.idle()


async def test_a_crash_frees_the_place(bench: Bench):
    async def crash(**_: Any) -> str:
        raise ZeroDivisionError

    async with bench.host(Rule(concurrency=1)) as host:
        bench.desk._answer = crash  # type: ignore[method-assign]  # the desk breaks
        for _ in range(3):
            with pytest.raises(Exception, match="unexpectedly"):
                await host.call("work")
    assert bench.idle()


class Spoilt(OwnBuckets):
    """Buckets in a store that somebody has written nonsense into."""

    async def leave(self, key: Any, pace: Any) -> None:
        await super().leave(key, pace)
        raise ValueError("could not convert string to float")

    async def give_back(self, key: Any, pace: Any) -> None:
        raise ValueError("could not convert string to float")


async def test_a_place_that_cannot_be_given_back_takes_no_other_with_it(bench: Bench):
    rules = Rule(name="one", concurrency=1), Rule(name="two", concurrency=1), Rule(name="three", concurrency=1)
    async with bench.host(*rules) as host:
        for limit in bench.limits._limits[:2]:
            limit.buckets = Spoilt(10, bench.clock)
        with pytest.raises(ToolError, match="the layer 'limits' failed"):
            await host.call("rest")
    assert bench.idle()


async def test_a_token_that_cannot_be_given_back_keeps_no_place(bench: Bench):
    rules = Rule(name="one", concurrency=1, rate="9/minute"), Rule(name="two", rate="1/minute")
    async with bench.host(*rules) as host:
        assert await admitted(host)
        bench.limits._limits[0].buckets = Spoilt(10, bench.clock)
        with pytest.raises(ToolError, match="the layer 'limits' failed"):
            await host.call("rest")
    assert bench.idle()
