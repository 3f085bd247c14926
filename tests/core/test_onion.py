"""A layer that itself fails or stalls: the call fails with it, unless the operator lets it go on."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from toolpost import Context, Crash, Host, Refused, Tool, ToolError, hookimpl
from toolpost.onion import Guards


class Works:
    def __init__(self):
        self.calls = 0

    @hookimpl
    def tools(self):
        return [Tool(self.work)]

    async def work(self) -> str:
        """Work."""
        self.calls += 1
        return "worked"


class Guard:
    def __init__(self, guard: Any, patience: Any = ...):
        self._guard = guard
        if patience is not ...:
            self.patience = patience

    @hookimpl
    def middleware(self):
        return self

    async def __call__(self, call, call_next):
        return await self._guard(call, call_next)


async def before(call, call_next):
    raise ZeroDivisionError("secret")


async def after(call, call_next):
    await call_next(call)
    raise KeyboardInterrupt


async def stuck(call, call_next):
    await anyio.sleep_forever()


async def stuck_after(call, call_next):
    await call_next(call)
    await anyio.sleep_forever()


async def refuses(call, call_next):
    raise Refused("not today")


FAILURES = pytest.mark.parametrize("guard", [before, after, stuck, stuck_after])


@FAILURES
async def test_a_guard_that_fails_refuses(guard):
    context = Context()
    host = Host({"guard": Guard(guard, 0.01), "works": Works()})
    with pytest.raises(Crash, match="'guard' failed"):
        await host.call("work", context=context)
    assert [(note.layer, note.decision) for note in context.notes] == [("guard", "failed_closed")]


@FAILURES
async def test_a_guard_that_may_fail_open_lets_the_call_go_on_once(guard):
    works, context = Works(), Context()
    host = Host({"guard": Guard(guard, 0.01), "works": works}, guards=Guards({"guard"}))
    assert (await host.call("work", context=context)).text == "worked"
    assert works.calls == 1
    assert [(note.layer, note.decision) for note in context.notes] == [("guard", "failed_open")]


async def test_failing_open_is_no_way_around_a_refusal():
    host = Host({"guard": Guard(refuses), "works": Works()}, guards=Guards({"guard"}))
    with pytest.raises(Refused, match="not today"):
        await host.call("work")


async def test_a_guard_has_the_seconds_of_the_configuration():
    host = Host({"guard": Guard(stuck), "works": Works()}, guards=Guards(seconds=0.01))
    with pytest.raises(Crash):
        await host.call("work")


async def test_the_time_of_the_tool_is_not_the_guards():
    class Slow(Works):
        async def work(self) -> str:
            """Work."""
            await anyio.sleep(0.05)
            return "worked"

    async def onward(call, call_next):
        return await call_next(call)

    host = Host({"guard": Guard(onward, 0.02), "slow": Slow()})
    assert (await host.call("work")).text == "worked"


async def test_a_crash_of_the_tool_is_not_the_guards():
    class Breaks(Works):
        async def work(self) -> str:
            """Work."""
            raise ZeroDivisionError

    async def onward(call, call_next):
        return await call_next(call)

    context = Context()
    host = Host({"guard": Guard(onward), "breaks": Breaks()}, guards=Guards({"guard"}))
    with pytest.raises(Crash, match="work failed unexpectedly"):
        await host.call("work", context=context)
    assert context.notes == []


async def test_the_layers_outside_see_an_error_of_ours():
    seen = []

    async def watch(call, call_next):
        try:
            return await call_next(call)
        except ToolError as error:
            seen.append(type(error))
            raise

    host = Host({"watch": Guard(watch), "guard": Guard(before), "works": Works()})
    with pytest.raises(Crash):
        await host.call("work")
    assert seen == [Crash]


async def test_a_cancelled_call_is_cancelled():
    host = Host({"guard": Guard(stuck, None), "works": Works()}, guards=Guards({"guard"}))
    with anyio.move_on_after(0.01) as scope:
        await host.call("work")
    assert scope.cancelled_caught


async def test_a_guard_may_bound_what_it_waits_for():
    async def bounded(call, call_next):
        with anyio.move_on_after(0.01):
            await anyio.sleep_forever()
        return await call_next(call)

    assert (await Host({"guard": Guard(bounded, 60), "works": Works()}).call("work")).text == "worked"


async def test_many_short_waits_of_a_guard_are_one_long_one():
    async def restless(call, call_next):
        while True:
            await anyio.lowlevel.checkpoint()

    with pytest.raises(Crash, match="'guard' failed"):
        await Host({"guard": Guard(restless, 0.01), "works": Works()}).call("work")


async def test_a_guard_gets_what_it_waits_for():
    async def tries(call, call_next):
        event = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(event.wait)
            await anyio.sleep(0.01)
            event.set()
        try:
            await anyio.to_thread.run_sync(int, "none")
        except ValueError:
            return await call_next(call)

    assert (await Host({"guard": Guard(tries, 60), "works": Works()}).call("work")).text == "worked"


@pytest.mark.parametrize("patience", [None, 1.0])
async def test_failing_open_over_a_failed_tool_does_not_call_it_again(patience):
    class Fails(Works):
        async def work(self) -> str:
            """Work."""
            self.calls += 1
            raise ToolError("it was carried out, perhaps")

    async def clumsy(call, call_next):
        try:
            return await call_next(call)
        except ToolError:
            raise ZeroDivisionError from None

    works = Fails()
    host = Host({"guard": Guard(clumsy, patience), "works": works}, guards=Guards({"guard"}))
    with pytest.raises(ToolError, match="carried out, perhaps"):
        await host.call("work")
    assert works.calls == 1


@pytest.mark.parametrize("nonsense", [None, "text", 5])
async def test_a_layer_that_answers_nonsense_is_the_one_that_is_named(nonsense):
    async def answers(call, call_next):
        return nonsense

    async def onward(call, call_next):
        return await call_next(call)

    works, context = Works(), Context()
    host = Host({"outer": Guard(onward), "guard": Guard(answers), "works": works})
    with pytest.raises(Crash, match="'guard' failed"):
        await host.call("work", context=context)
    assert (
        await Host({"guard": Guard(answers), "works": works}, guards=Guards({"guard"})).call("work")
    ).text == "worked"
