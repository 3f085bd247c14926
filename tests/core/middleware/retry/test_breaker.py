"""A provider that fails time after time is left alone, and asked now and then whether it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from toolpost import (
    Context,
    Host,
    InvalidArguments,
    Middleware,
    Refused,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Unavailable,
    hookimpl,
)
from toolpost.middleware.retry import Retry
from toolpost.middleware.retry.breaker import Breaker, Health, State
from toolpost.tools.context import InputRequired

DOWN = Unavailable("busy")
FAILED = ToolError("failed (500)")
FAILED.meta = {"toolpost/provider": {"name": "acme", "up": False}}
LIMITED = Unavailable("slow down (429)")
LIMITED.meta = {"toolpost/provider": {"name": "acme", "up": True}}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Acme:
    """Two tools of one provider and one of another; `outcome` is what they answer or raise."""

    def __init__(self) -> None:
        self.outcome: Callable[[], Any] | BaseException | str = "done"
        self.calls = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.ask, provider="acme"), Tool(self.draw, provider="acme"), Tool(self.other, provider="other")]

    async def ask(self) -> str:
        self.calls += 1
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome if isinstance(self.outcome, str) else await self.outcome()

    async def draw(self) -> str:
        return await self.ask()

    async def other(self) -> str:
        return "done"


class Setting:
    """A host with one provider, whose clock is moved by hand."""

    def __init__(self, **settings: Any) -> None:
        self.clock, self.acme = Clock(), Acme()
        self.retry = Retry(clock=self.clock, attempts=1, breaker_failures=3, **settings)
        self.host = Host([self.retry, self.acme])

    async def call(self, tool: str = "ask", context: Context | None = None) -> Any:
        try:
            return (await self.host.call(tool, context=context)).text
        except ToolError as error:
            return error

    async def fail(self, times: int, error: BaseException = DOWN) -> None:
        self.acme.outcome = error
        for _ in range(times):
            await self.call()
        self.acme.calls = 0

    @property
    def state(self) -> float:
        (gauge,) = self.retry.gauges()
        numbers = gauge.read()
        assert gauge.label == "provider"
        assert not isinstance(numbers, float | int)
        return numbers["acme"]


async def test_after_failures_in_a_row_nothing_is_sent():
    here = Setting()
    await here.fail(3)
    assert isinstance(await here.call(), Unavailable)
    assert here.acme.calls == 0
    assert here.state == State.OPEN


async def test_the_answer_says_who_is_left_alone_and_when_to_come_back():
    here, context = Setting(), Context()
    await here.fail(3)
    error = await here.call(context=context)
    assert str(error) == (
        "acme failed 3 times in a row and is left alone for now, so nothing was sent; try again in 5 seconds"
    )
    assert error.retry_after == 5.0
    assert [note.decision for note in context.notes] == ["open"]


async def test_what_one_caller_was_told_is_not_told_to_another():
    here = Setting()
    await here.fail(3, Unavailable("ann@example.com is busy"))
    assert "ann" not in str(await here.call())


async def test_all_tools_of_a_provider_are_left_alone_and_those_of_others_are_not():
    here = Setting()
    await here.fail(3)
    assert isinstance(await here.call("draw"), Unavailable)
    assert await here.call("other") == "done"


async def test_tools_without_a_provider_share_the_breaker_of_their_plugin():
    class Shop:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.buy), Tool(self.sell)]

        async def buy(self) -> str:
            raise Unavailable("closed")

        async def sell(self) -> str:
            return "sold"

    async with Host({"retry": Retry(attempts=1, breaker_failures=1), "shop": Shop()}) as host:
        with pytest.raises(Unavailable, match="closed"):
            await host.call("buy")
        with pytest.raises(Unavailable, match="shop failed 1 times"):
            await host.call("sell")


async def test_a_success_between_failures_keeps_it_closed():
    here = Setting()
    for _ in range(4):
        await here.fail(2)
        here.acme.outcome = "done"
        assert await here.call() == "done"
    assert here.state == State.CLOSED


@pytest.mark.parametrize(
    "error", [InvalidArguments("x"), Refused("x"), ToolError("x"), ValueError("x"), LIMITED], ids=repr
)
async def test_what_does_not_say_that_the_provider_is_down_does_not_count(error: Exception):
    here = Setting()
    await here.fail(9, error)
    assert here.state == State.CLOSED


@pytest.mark.parametrize("error", [DOWN, FAILED, ConnectionRefusedError(), TimeoutError()], ids=repr)
async def test_what_says_so_counts_even_if_it_is_not_tried_again(error: Exception):
    here = Setting()
    await here.fail(3, error)
    assert here.state == State.OPEN


async def test_after_a_while_one_probe_closes_it():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5
    here.acme.outcome = "done"
    assert here.state == State.HALF_OPEN
    assert await here.call() == "done"
    assert here.state == State.CLOSED


async def test_a_probe_that_fails_opens_it_again_at_once():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5
    await here.call()
    await here.call()
    assert here.acme.calls == 1
    assert here.state == State.OPEN


async def test_a_provider_that_only_limits_is_back():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5
    here.acme.outcome = LIMITED
    await here.call()
    assert here.state == State.CLOSED


async def held(here: Setting, during: Callable[[], Any]) -> Any:
    """What is found while a probe is under way, which afterwards succeeds."""
    begun, release = anyio.Event(), anyio.Event()

    async def wait() -> str:
        begun.set()
        await release.wait()
        return "late"

    here.acme.outcome = wait
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(here.call)
        await begun.wait()
        found = await during()
        release.set()
    return found


async def test_there_is_one_probe_at_a_time():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5

    async def during() -> tuple[Any, float]:
        here.acme.outcome = "done"
        return [await here.call() for _ in range(5)], here.state

    answers, state = await held(here, during)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert state == State.HALF_OPEN
    assert here.acme.calls == 1
    assert here.state == State.CLOSED


async def test_a_probe_that_says_nothing_for_long_is_followed_by_another():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5

    async def during() -> Any:
        here.clock.now += 5
        here.acme.outcome = "done"
        return await here.call()

    assert await held(here, during) == "done"
    assert here.state == State.CLOSED


async def test_a_probe_whose_caller_goes_makes_room_for_the_next_at_once():
    here = Setting()
    await here.fail(3)
    here.clock.now += 5
    here.acme.outcome = anyio.sleep_forever
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(here.call)
        while not here.acme.calls:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    here.acme.outcome = "done"
    assert await here.call() == "done"
    assert here.state == State.CLOSED


@pytest.mark.parametrize("error", [InputRequired({}, ""), InvalidArguments("x"), Refused("x")], ids=repr)
async def test_a_probe_that_finds_nothing_out_makes_room_for_the_next_at_once(error: BaseException):
    here = Setting()
    await here.fail(3)
    here.clock.now += 5
    here.acme.outcome = error
    for _ in range(2):
        try:
            await here.call()
        except InputRequired:
            pass
    assert here.acme.calls == 2


async def test_calls_from_before_it_opened_do_not_close_it():
    here = Setting()

    async def during() -> None:
        await here.fail(3)

    await held(here, during)
    assert here.state == State.OPEN


async def test_no_try_is_made_once_it_is_open():
    here = Setting()
    here.retry.attempts, here.retry.first_wait = 10, 1e-4
    here.acme.outcome = DOWN
    error = await here.call()
    assert here.acme.calls == 3
    assert str(error).startswith("busy; gave up after 3 tries in ")
    assert str(error).endswith("; try again in 5 seconds")
    assert error.retry_after == 5.0


async def test_failed_results_are_answers():
    class Sour:
        calls = 0

        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.work)]

        async def work(self) -> ToolResult:
            self.calls += 1
            return ToolResult(is_error=True)

    sour = Sour()
    async with Host([Retry(breaker_failures=1), sour]) as host:
        for _ in range(3):
            assert (await host.call("work")).is_error
    assert sour.calls == 3


def test_explain_says_how_long_nothing_will_be_sent():
    retry = Retry(clock=Clock(), breaker_failures=1)
    call = ToolCall(Tool(Acme().ask, provider="acme"))
    assert retry.explain(call) == "would try up to 4 times if acme is unavailable"
    retry.provider(call.tool).breaker.leave(Health.DOWN, probe=False)
    assert retry.explain(call) == "would refuse for another 5 seconds: acme failed 1 times"


def test_time_that_stands_still_or_leaps_keeps_every_state_legal():
    clock = Clock()
    breaker = Breaker(failures=1, rest=5.0, clock=clock)
    breaker.leave(Health.DOWN, probe=False)
    assert breaker.left == 5.0
    clock.now += 3600
    assert (breaker.left, breaker.state) == (0.0, State.HALF_OPEN)
    assert breaker.enter()
    breaker.leave(Health.UP, probe=True)
    assert breaker.state is State.CLOSED


async def test_the_clock_on_the_wall_has_no_say(monkeypatch: pytest.MonkeyPatch):
    here = Setting()
    await here.fail(3)
    for jump in (-3600.0, 3600.0):
        monkeypatch.setattr("time.time", lambda jump=jump: 1.8e9 + jump)
        assert isinstance(await here.call(), Unavailable)
    assert here.state == State.OPEN


def test_the_layer_is_one():
    layer: Middleware = Retry()
    assert callable(layer)


async def test_the_log_says_once_that_a_provider_fails_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "toolpost.retry")
    setting = Setting(breaker_seconds=5.0)

    async def refused() -> str:
        try:
            raise ConnectionRefusedError("ann@example.com is not let in")
        except OSError:
            raise Unavailable("ann@example.com is not let in") from None

    setting.acme.outcome = refused
    for _ in range(4):
        await setting.call()
    setting.clock.now += 6
    await setting.call()
    setting.clock.now += 6
    setting.acme.outcome = "done"
    await setting.call()
    await setting.call()
    opened, closed = caplog.records
    said = "acme failed 3 times in a row (Unavailable from ConnectionRefusedError), and is left alone"
    assert (opened.levelname, opened.getMessage().partition(",")[0]) == ("WARNING", said.partition(",")[0])
    assert "ann" not in caplog.text
    assert (closed.levelname, closed.getMessage()) == ("INFO", "acme answers again")
