"""Of equal calls at once one is made, whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import pytest

from toolpost import Client, Context, Host, Tool, ToolError, ToolResult, Unavailable, hookimpl
from toolpost_cache import Cache

from .conftest import Counting


async def equal_calls(host: Host, counting: Counting, number: int) -> list[Any]:
    """So many equal calls at once; the gate opens when all are under way."""
    answers: list[Any] = []
    counting.gate = anyio.Event()

    async def call() -> None:
        try:
            answers.append((await host.call("count")).text)
        except ToolError as error:
            answers.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    return answers


async def test_of_equal_calls_at_once_one_is_made():
    counting = Counting()
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 100)
        stats = (await host.call("cache_stats")).structured
    assert (answers, counting.calls) == (["1 "] * 100, 1)
    assert (stats["misses"], stats["joined"]) == (1, 99)


async def test_a_leader_that_fails_fails_alone():
    counting = Counting()
    counting.fails = 1
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 20)
    assert sum(isinstance(answer, ToolError) for answer in answers) == 1
    assert answers.count("2 ") == 19


async def test_a_leader_that_leaves_is_followed_by_another():
    counting = Counting()
    counting.gate = anyio.Event()
    answers: list[str] = []
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await host.call("count")

        async def follow() -> None:
            answers.append((await host.call("count")).text)

        tasks.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        leader.cancel()
        await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    assert answers == ["2 "]


async def test_those_who_waited_hear_that_the_work_goes_on():
    calls = 0

    class Slow:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.draw, cacheable=True)]

        async def draw(self) -> ToolResult:
            nonlocal calls
            calls += 1
            await anyio.wait_all_tasks_blocked()
            return ToolResult.of("still working", meta={"toolpost/unfinished": True})

    answers: list[str] = []

    async def draw(host: Host) -> None:
        answers.append((await host.call("draw")).text)

    async with Host([Cache(), Slow()]) as host, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(draw, host)
    assert (answers, calls) == (["still working"] * 3, 1)


async def test_a_result_that_is_an_error_is_its_callers_alone():
    counting = Counting()

    class Errors(Counting):
        async def count(self, text: str = "") -> ToolResult:
            result = await super().count(text)
            return replace(result, is_error=result.text == "1 ")

    counting = Errors()
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 10)
    assert sorted(answers) == ["1 ", *["2 "] * 9]


async def test_every_leader_may_die_and_the_last_caller_still_has_an_answer():
    counting = Counting()
    counting.fails = 9
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 10)
    assert sum(isinstance(answer, ToolError) for answer in answers) == 9
    assert answers.count("10 ") == 1


async def test_callers_with_less_time_leave_and_the_others_stay():
    counting = Counting()
    counting.gate = anyio.Event()
    ended: list[str] = []
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:

        async def call(name: str, **given: Any) -> None:
            context = Context(**given)
            try:
                ended.append(f"{name}: {(await host.call('count', {}, context)).text}")
            except Unavailable:
                ended.append(f"{name}: no time")

        tasks.start_soon(partial(call, "leader"))
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(partial(call, "hurried", deadline=anyio.current_time() + 0.01))
        tasks.start_soon(partial(call, "impatient", client=Client(call_seconds=0.02)))
        tasks.start_soon(partial(call, "patient", deadline=anyio.current_time() + 600))
        while len(ended) < 2:
            await anyio.lowlevel.checkpoint()
        assert sorted(ended) == ["hurried: no time", "impatient: no time"]
        counting.gate.set()
    assert sorted(ended[2:]) == ["leader: 1 ", "patient: 1 "]
    assert counting.calls == 1


async def test_a_leader_with_little_time_does_not_take_the_others_along():
    counting = Counting()
    counting.gate = anyio.Event()
    answers: list[str] = []
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:

        async def lead() -> None:
            with anyio.move_on_after(0.05):
                await host.call("count")

        async def follow() -> None:
            answers.append((await host.call("count")).text)

        tasks.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        for _ in range(5):
            tasks.start_soon(follow)
        while counting.calls < 2:
            await anyio.lowlevel.checkpoint()
        counting.gate.set()
    assert answers == ["2 "] * 5


async def test_equal_calls_of_different_callers_are_different_calls():
    counting = Counting()
    counting.gate = anyio.Event()
    answers: dict[str, str] = {}
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:

        async def call(name: str) -> None:
            answers[name] = (await host.call("count", {}, Context(principal=name))).text

        for name in ("ann", "bob"):
            tasks.start_soon(call, name)
            await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    assert answers == {"ann": "1 ", "bob": "2 "}


@pytest.mark.parametrize(("scope", "calls"), [("public", 1), ("private", 3)])
async def test_callers_share_a_public_call_unless_its_answer_says_otherwise(scope: str, calls: int):
    class Scoped(Counting):
        async def count(self, text: str = "") -> ToolResult:
            return replace(await super().count(text), meta={"cacheScope": scope})

    counting = Scoped(meta={"cacheScope": "public"})
    counting.gate = anyio.Event()
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:
        for name in ("ann", "bob", "eve"):
            tasks.start_soon(host.call, "count", {}, Context(principal=name))
        await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    assert counting.calls == calls


async def test_what_was_asked_before_everything_was_forgotten_is_not_kept():
    counting = Counting()
    counting.gate = anyio.Event()
    async with Host([Cache(), counting]) as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "count")
            await anyio.wait_all_tasks_blocked()
            await host.call("cache_clear")
            counting.gate.set()
        assert (await host.call("count")).meta["toolpost/cache"] == "miss"


async def test_nothing_is_left_of_calls_that_were_cancelled():
    counting, cache = Counting(), Cache()
    counting.gate = anyio.Event()
    async with Host([cache, counting]) as host:
        for _ in range(20):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(host.call, "count")
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
        assert cache.middleware()._flights == {}
        counting.gate.set()
        assert (await host.call("count")).meta["toolpost/cache"] == "miss"
