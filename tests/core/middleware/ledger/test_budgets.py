"""Budgets refuse before the call, and no number of callers overruns them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anyio
import pytest

from toolpost import Context, Refused, ToolError, ToolResult, Unavailable
from toolpost.middleware.ledger.money import dollars, micro

META = "toolpost/ledger"


async def paint(host: Any, *prompts: str, principal: str = "local") -> int:
    """How many of some calls are not refused."""
    made = 0
    for prompt in prompts:
        try:
            await host.call("paint", {"prompt": prompt}, Context(principal=principal))
            made += 1
        except Refused:
            pass
    return made


async def spent(home: Any, day: str = "2027-01-15") -> int:
    return await home.ledger().book.space.count(f"spent:{day}:all", 0)


async def test_a_call_tells_what_it_has_cost(dear: Any):
    async with dear.host() as host:
        result = await host.call("paint")
        again = await host.call("paint")
    assert result.meta[META]["cost_usd"] == again.meta[META]["cost_usd"] == 0.04
    (record,) = await dear.records()
    assert (record.estimate, record.cost) == (50_000, 40_000)


async def test_what_it_has_cost_takes_the_place_of_what_was_set_aside(dear: Any):
    async with dear.host(daily=1.0) as host:
        await host.call("paint")
        assert await spent(dear) == 40_000


async def test_a_replay_costs_nothing(dear: Any):
    async with dear.host(daily=0.05) as host:
        assert await paint(host, "x", "x", "x") == 3
        assert await spent(dear) == 40_000


async def test_the_day_has_a_budget(dear: Any):
    async with dear.host(daily=0.15) as host:
        assert await paint(host, "a", "b", "c", "d", "e") == 3
    assert dear.painter.calls == 3


async def test_a_refusal_names_the_budget_and_when_it_resets(dear: Any):
    async with dear.host(daily=0.06) as host:
        await host.call("paint")
        with pytest.raises(Refused) as refused:
            await host.call("paint", {"prompt": "more"})
    assert str(refused.value) == (
        "the budget for everything is 0.06 USD a day: 0.04 USD are spent or set aside, and this call may cost "
        "0.05 USD; it resets at 2027-01-16 00:00 UTC, and [plugins.ledger] sets it"
    )


async def test_a_refused_call_leaves_no_record_and_no_reservation(dear: Any):
    async with dear.host(daily=0.01) as host:
        assert await paint(host, "a") == 0
    assert await dear.records() == []
    assert await spent(dear) == 0


async def test_the_next_day_is_another(dear: Any):
    async with dear.host(daily=0.05) as host:
        assert await paint(host, "a", "b") == 1
        dear.clock.now += 86_400
        assert await paint(host, "b") == 1


async def test_a_tool_has_a_budget(dear: Any):
    async with dear.host(daily_by_tool={"paint": 0.05, "other": 0}) as host:
        assert await paint(host, "a", "b") == 1


async def test_callers_have_budgets(dear: Any):
    async with dear.host(daily_by_principal={"ann": 0.15, "*": 0.05}) as host:
        assert await paint(host, "a", "b", "c", "d", principal="ann") == 3
        assert await paint(host, "a", "b", principal="bob") == 1
        assert await paint(host, "a", "b", principal="eve") == 1


async def test_a_budget_of_nothing_allows_nothing(home: Any):
    async with home.host(daily=0) as host:
        assert await paint(host, "a") == 0


async def test_what_one_budget_set_aside_is_given_back_when_another_refuses(dear: Any):
    async with dear.host(daily=1.0, daily_by_tool={"paint": 0.01}) as host:
        assert await paint(host, "a") == 0
    assert await spent(dear) == 0


async def test_a_hundred_at_once_do_not_overrun_a_budget(dear: Any, until: Any):
    dear.painter.gate = anyio.Event()
    refused: list[str] = []

    async def call(number: int) -> None:
        try:
            await host.call("paint", {"prompt": str(number)})
        except Refused as error:
            refused.append(str(error))

    async with dear.host(daily=0.5) as host, anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(call, number)
        await until(lambda: len(refused) + dear.painter.calls == 100)
        dear.painter.gate.set()
    assert dear.painter.calls == 10
    assert await spent(dear) == 400_000


async def test_an_unknown_price_counts_as_the_operator_says(home: Any):
    async with home.host(daily=0.5, unknown_cost=0.2) as host:
        assert await paint(host, "a", "b", "c") == 2


async def test_an_unknown_price_counts_as_nothing_unless_told(home: Any):
    async with home.host(daily=0.5) as host:
        assert await paint(host, "a", "b", "c") == 3
    assert [record.cost for record in await home.records()] == [None] * 3


@pytest.mark.parametrize(
    ("error", "left"), [(Unavailable("no"), 0), (Refused("no"), 0), (ToolError("who knows"), 50_000)]
)
async def test_only_what_may_have_been_carried_out_stays_set_aside(dear: Any, error: ToolError, left: int):
    async def plan(context: Context) -> ToolResult:
        raise error

    dear.painter.plan = plan
    async with dear.host(daily=1.0) as host:
        with pytest.raises(ToolError):
            await host.call("paint")
    assert await spent(dear) == left


async def test_a_mistake_in_a_price_does_not_lose_the_answer(dear: Any):
    async def plan(context: Context) -> ToolResult:
        return ToolResult.of("done", meta={"toolpost/usage": {"no": "images"}})

    dear.painter.plan = plan
    async with dear.host(daily=1.0) as host:
        assert (await host.call("paint")).text == "done"
    assert await spent(dear) == 50_000


def test_money_is_rounded_up_and_never_negative():
    assert micro(Decimal("0.0000001")) == 1
    assert micro(Decimal("-1")) is None
    assert micro(Decimal("NaN")) is None
    assert [dollars(5_000_000), dollars(1_234)] == ["5.00 USD", "0.0012 USD"]


class Free:
    """Nothing costs anything."""

    def cost(self, usage: Any, /) -> Decimal:
        return Decimal(0)

    def estimate(self, tool: str, arguments: Any, /) -> Decimal:
        return Decimal(0)


async def test_a_call_that_certainly_costs_nothing_is_not_written_down(home: Any):
    home.prices = Free()
    async with home.host() as host:
        await host.call("paint")
        await host.call("paint")
    assert home.painter.calls == 2
    assert await home.records() == []
