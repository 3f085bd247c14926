"""No call takes longer than it may."""

from __future__ import annotations

import itertools
import math
import threading
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from toolpost import Client, Context, Host, Tool, ToolCall, ToolError, Unavailable, hookimpl
from toolpost.middleware.timeout import Timeout


class Stuck:
    def __init__(self, **nature: Any) -> None:
        self.nature = nature
        self.release = threading.Event()

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.wait, **self.nature), Tool(self.block, **self.nature)]

    async def wait(self) -> str:
        await anyio.sleep_forever()
        return ""

    def block(self) -> str:
        self.release.wait(10)
        return ""


@pytest.mark.parametrize("tool", ["wait", "block"])
async def test_a_call_that_takes_too_long_ends_and_says_so(tool: str):
    stuck = Stuck()
    async with Host([Timeout(seconds=0.05), stuck]) as host:
        with pytest.raises(ToolError, match=f"{tool} did not finish within 0.05 s") as caught:
            await host.call(tool)
    stuck.release.set()
    assert not isinstance(caught.value, Unavailable)


async def test_a_shorter_limit_around_the_call_stays_a_cancellation():
    async with Host([Timeout(seconds=5), Stuck()]) as host:
        with anyio.move_on_after(0.01) as scope:
            await host.call("wait")
    assert scope.cancelled_caught


async def test_a_deadline_that_came_with_the_call_counts_where_it_is_earlier():
    async with Host([Timeout(seconds=5), Stuck()]) as host:
        context = Context(deadline=anyio.current_time() + 0.2)
        with pytest.raises(ToolError, match="did not finish within 0."):
            await host.call("wait", context=context)
    assert [note.decision for note in context.notes] == ["timed_out"]


async def test_a_call_whose_time_is_over_is_not_begun():
    stuck = Stuck()
    async with Host([Timeout(), stuck]) as host:
        with pytest.raises(Unavailable, match="wait was not begun"):
            await host.call("wait", context=Context(deadline=anyio.current_time() - 1))


async def test_progress_does_not_put_the_end_off():
    class Busy:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.work)]

        async def work(self, context: Context) -> str:
            for number in itertools.count(1):
                await context.progress(number)
                await anyio.lowlevel.checkpoint()
            return ""

    async def report(done: float, total: float | None, message: str | None) -> None:
        pass

    async with Host([Timeout(seconds=0.05), Busy()]) as host:
        with pytest.raises(ToolError, match="did not finish within 0.05 s"):
            await host.call("work", context=Context(report=report))


async def test_a_tool_sees_its_deadline_and_a_second_call_has_its_own():
    seen: list[float] = []

    class Looking:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.look)]

        async def look(self, context: Context) -> str:
            seen.append(context.remaining)
            return ""

    context = Context()
    async with Host([Timeout(seconds=1000), Looking()]) as host:
        await host.call("look", context=context)
        await host.call("look", context=context)
    assert all(0 < remaining <= 1000 for remaining in seen)
    assert context.deadline == math.inf


@pytest.mark.parametrize(
    ("layer", "tool_limit", "client", "limit"),
    [
        (Timeout(seconds=7), None, Client(), 7),
        (Timeout(seconds=7), 3, Client(), 3),
        (Timeout(seconds=7, tools={"wait": 2}), 3, Client(), 2),
        (Timeout(seconds=700), None, Client(call_seconds=240), 228),
    ],
)
def test_the_nearest_word_counts(layer: Timeout, tool_limit: float | None, client: Client, limit: float):
    tool = Tool(Stuck().wait, timeout=tool_limit)
    assert layer.limit(ToolCall(tool, {}, Context(client=client))) == limit
