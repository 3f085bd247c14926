"""Turns of a conversation are written down when they are over: no two of them are one call."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from toolpost import Context, Refused, Tool, ToolCall, ToolError, Unavailable

META = "toolpost/ledger"


def turn(home: Any, **arguments: Any) -> ToolCall:
    """A question to a model, which paints in these tests."""

    async def ask(arguments: dict[str, Any], context: Context) -> Any:
        return await home.painter.paint("", context)

    schema = {"type": "object", "properties": {}}
    tool = Tool(ask, name="model", input_schema=schema, billable=True, meta={"toolpost/primitive": "model"})
    return ToolCall(tool.of("gateway"), arguments)


async def test_two_that_are_alike_are_two(dear: Any):
    async with dear.host() as host:
        first, second = await host.answer(turn(dear, say="hi")), await host.answer(turn(dear, say="hi"))
    assert (first.text, second.text) == ("painting 1", "painting 2")
    assert first.meta[META]["cost_usd"] == 0.04
    records = await dear.records()
    assert [(one.tool, one.state, one.cost, one.result) for one in records] == [("model", "finished", 40_000, None)] * 2
    assert {one.job for one in records} == {first.meta[META]["job"], second.meta[META]["job"]}


async def test_two_of_one_name_are_one(dear: Any):
    async with dear.host() as host:
        call = turn(dear, say="hi", key="a")
        first, second = await host.answer(call), await host.answer(call)
    assert first.text == second.text == "painting 1"


async def test_budgets_hold(dear: Any):
    async with dear.host(daily=0.1) as host:
        refused = 0
        for _ in range(5):
            try:
                await host.answer(turn(dear))
            except Refused:
                refused += 1
    assert dear.painter.calls <= 2
    assert refused == 5 - dear.painter.calls


async def test_what_was_set_aside_is_given_back_where_nothing_was_carried_out(dear: Any):
    async def fails(context: Context) -> Any:
        raise Unavailable("busy")

    dear.painter.plan = fails
    async with dear.host(daily=0.05) as host:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await host.answer(turn(dear))
            await host.registry.plugins["ledger"]._passing.flush()
        dear.painter.plan = None
        assert (await host.answer(turn(dear))).text == "painting 4"
    assert sorted(one.state for one in await dear.records()) == ["finished", *["unavailable"] * 3]


async def test_one_that_may_have_been_carried_out_keeps_what_was_set_aside(dear: Any):
    async def fails(context: Context) -> Any:
        raise ToolError("the answer broke off")

    dear.painter.plan = fails
    async with dear.host(daily=0.05) as host:
        with pytest.raises(ToolError, match="broke off"):
            await host.answer(turn(dear))
        with pytest.raises(Refused, match="budget"):
            await host.answer(turn(dear))
    (record,) = await dear.records()
    assert (record.state, record.said) == ("ambiguous", "the answer broke off")


async def test_one_whose_caller_goes_is_stopped_and_written_down(dear: Any):
    dear.painter.gate = anyio.Event()
    async with dear.host(on_cancel="finish") as host:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(host.answer, turn(dear))
                await dear.painter.begun.wait()
                tasks.cancel_scope.cancel()
    assert dear.painter.cancelled == 1
    assert [one.state for one in await dear.records()] == ["ambiguous"]


async def test_what_the_store_does_not_take_waits(dear: Any):
    class Away(type(dear.store)):  # type: ignore[misc]  # the class of whichever store the tests have
        is_away = True

        async def set(self, *given: Any) -> None:
            if self.is_away:
                raise Unavailable("the store is away")
            await super().set(*given)

    dear.store.__class__ = Away
    async with dear.host() as host:
        assert (await host.answer(turn(dear))).text == "painting 1"
        await host.registry.plugins["ledger"]._passing.flush()
        dear.store.is_away = False
        assert (await host.answer(turn(dear))).text == "painting 2"
    assert len(await dear.records()) == 2


async def test_they_are_listed_only_for_who_asks_for_them(dear: Any):
    async with dear.host() as host:
        await host.answer(turn(dear))
        await host.call("paint")
        await host.registry.plugins["ledger"]._passing.flush()
        jobs = (await host.call("list_jobs")).structured["result"]
        every = (await host.call("list_jobs", {"turns": True})).structured["result"]
    assert [job["tool"] for job in jobs] == ["paint"]
    assert sorted(job["tool"] for job in every) == ["model", "paint"]
