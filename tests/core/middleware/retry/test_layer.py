"""What was unavailable is tried again, and nothing else ever is."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import (
    Context,
    Crash,
    Host,
    InvalidArguments,
    Refused,
    Tool,
    ToolError,
    ToolpostError,
    Unavailable,
    hookimpl,
)
from toolpost.middleware.retry import Retry
from toolpost.middleware.retry.waiting import pause
from toolpost.middleware.timeout import Timeout


class Flaky:
    """Fails with each of these in turn, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work)]

    async def work(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def quick(**settings: Any) -> Retry:
    return Retry(**{"first_wait": 1e-4, "longest_wait": 1.0, **settings})


async def test_unavailable_is_tried_again():
    flaky = Flaky(Unavailable("busy"), Unavailable("busy"))
    async with Host([quick(), flaky]) as host:
        assert (await host.call("work")).text == "done"
    assert flaky.calls == 3


async def test_the_last_reason_reaches_the_caller():
    flaky = Flaky(*(Unavailable(f"busy {number}") for number in range(9)))
    async with Host([quick(attempts=3), flaky]) as host:
        with pytest.raises(Unavailable, match="busy 2"):
            await host.call("work")
    assert flaky.calls == 3


@pytest.mark.parametrize(
    "error", [ToolError("x"), Refused("x"), InvalidArguments("x"), ValueError("x"), TimeoutError(), ConnectionError()]
)
async def test_anything_else_is_never_tried_again(error: Exception):
    flaky = Flaky(error)
    async with Host([quick(), flaky]) as host:
        with pytest.raises((ToolpostError, Crash)):
            await host.call("work")
    assert flaky.calls == 1


@pytest.mark.parametrize("asked", [0.0, 0.001, -5.0, float("nan"), None])
async def test_a_retry_after_that_makes_sense_is_obeyed_and_others_are_ignored(asked: float | None):
    flaky = Flaky(Unavailable("busy", retry_after=asked))
    async with Host([quick(), flaky]) as host:
        assert (await host.call("work")).text == "done"


@pytest.mark.parametrize("asked", [61.0, 1e9])
async def test_a_retry_after_beyond_the_longest_wait_ends_the_call_at_once(asked: float):
    flaky = Flaky(Unavailable("come back tomorrow", retry_after=asked))
    async with Host([quick(), flaky]) as host:
        with pytest.raises(Unavailable, match="tomorrow"):
            await host.call("work")
    assert flaky.calls == 1


@pytest.mark.parametrize(
    ("asked", "words"), [(1.0, "1 second"), (61.0, "61 seconds"), (3_000.0, "50 minutes"), (1e5, "28 hours")]
)
async def test_a_wait_that_is_too_long_is_told_to_the_caller(asked: float, words: str):
    async with Host([quick(longest_wait=0.5), Flaky(Unavailable("busy", retry_after=asked))]) as host:
        with pytest.raises(Unavailable, match=f"^busy; try again in {words}$"):
            await host.call("work")


@given(
    asked=st.floats(min_value=0, max_value=60), tries=st.integers(1, 10), longest=st.floats(min_value=60, max_value=600)
)
def test_a_wait_is_never_shorter_than_asked_for_and_never_longer_than_allowed(asked: float, tries: int, longest: float):
    assert asked <= pause(Unavailable("busy", retry_after=asked), tries, 0.5, longest) <= longest


@given(asked=st.sampled_from([None, -5.0, float("nan"), float("inf")]), tries=st.integers(1, 10))
def test_a_wait_that_nobody_asked_for_grows_with_the_tries(asked: float | None, tries: int):
    assert 0 <= pause(Unavailable("busy", retry_after=asked), tries, 0.5, 60.0) <= min(60.0, 0.5 * 2 ** (tries - 1))


def test_not_all_come_back_at_one_moment():
    assert len({pause(Unavailable("busy", retry_after=1.0), 1, 0.5, 60.0) for _ in range(20)}) > 1


async def test_the_deadline_that_came_with_the_call_bounds_all_tries():
    flaky = Flaky(Unavailable("busy", retry_after=0.9))
    async with Host([quick(), flaky]) as host:
        with pytest.raises(Unavailable, match="^busy; try again in 1 second$"):
            await host.call("work", context=Context(deadline=anyio.current_time() + 0.5))
    assert flaky.calls == 1


class Sinking(Flaky):
    """Is busy, and then says nothing any more."""

    async def work(self) -> str:
        await super().work()
        await anyio.sleep_forever()
        return ""


async def test_a_last_try_that_is_stopped_names_what_came_before_it():
    sinking = Sinking(Unavailable("acme is overloaded (503)"))
    async with Host([Timeout(seconds=1), quick(), sinking]) as host:
        with pytest.raises(ToolError, match=r"work .* was stopped; before that, acme is overloaded \(503\)") as caught:
            await host.call("work")
    # The last try may have been carried out.
    assert not isinstance(caught.value, Unavailable)


async def test_the_answer_says_how_often_it_was_tried():
    async with Host([quick(attempts=2), Flaky(Unavailable("busy"), Unavailable("busy"))]) as host:
        with pytest.raises(Unavailable, match=r"^busy; gave up after 2 tries in [\d.e-]+ s$"):
            await host.call("work")


async def test_retries_come_back_with_time_for_those_who_call_seldom():
    seconds = [0.0]
    flaky = Flaky(*(Unavailable("down") for _ in range(100)))
    layer = quick(attempts=2, budget_ratio=0, budget_burst=1, breaker_failures=1000, clock=lambda: seconds[0])
    async with Host([layer, flaky]) as host:
        for seconds[0] in (0.0, 1.0, 11.0):
            with pytest.raises(Unavailable):
                await host.call("work")
    assert flaky.calls == 5


async def test_no_wait_reaches_past_the_deadline():
    flaky = Flaky(Unavailable("busy", retry_after=0.9))
    context = Context()
    async with Host([quick(), flaky]) as host:
        with anyio.fail_after(0.5), pytest.raises(Unavailable):
            await host.call("work", context=context)
    assert [note.text for note in context.notes] == ["no time left to try again"]


async def test_an_outage_is_not_made_worse():
    calls = 200
    flaky = Flaky(*(Unavailable("down") for _ in range(10_000)))
    async with Host([quick(budget_ratio=0.1, budget_burst=10), flaky]) as host:
        for _ in range(calls):
            with pytest.raises(Unavailable):
                await host.call("work")
    assert flaky.calls <= 1.1 * calls + 10


async def test_waiting_is_told_to_the_caller():
    said: list[str | None] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        said.append(message)

    context = Context(report=report)
    async with Host([quick(), Flaky(Unavailable("busy"))]) as host:
        await host.call("work", context=context)
    assert said == [note.text for note in context.notes]
    assert "(2 of 4)" in str(said[0])


async def test_a_call_that_is_given_up_is_not_tried_again():
    flaky = Flaky(Unavailable("busy", retry_after=0.9))
    async with Host([quick(), flaky]) as host, anyio.create_task_group() as tasks:

        async def call() -> None:
            await host.call("work")

        tasks.start_soon(call)
        while not flaky.calls:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert flaky.calls == 1
