"""Money: what calls cost, and the budgets that refuse them before they are made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Protocol, runtime_checkable

import anyio

from toolpost.errors import Refused, ToolpostError, Unavailable
from toolpost.middleware.ledger.book import owner_of
from toolpost.store import Space
from toolpost.tools.call import ToolCall

MICRO = 1_000_000
EVERY_OTHER = "*"
# Counters live until nobody can still be settling with them.
COUNTER_SECONDS = 3 * 86_400.0

log = logging.getLogger("toolpost.ledger")


@runtime_checkable
class Prices(Protocol):
    """A plugin that knows what calls cost, in US dollars; None where it does not know."""

    def cost(self, usage: Mapping[str, Any], /) -> Decimal | None:
        """What a call has cost that reports this usage."""

    def estimate(self, tool: str, arguments: Mapping[str, Any], /) -> Decimal | None:
        """What a call will cost at most."""


@dataclass(frozen=True)
class Budget:
    """A limit on what is spent in a day of UTC, in millionths of a dollar, and the counter that holds it."""

    counter: str
    limit: int
    whose: str


@dataclass(frozen=True)
class Bill:
    """What was set aside for a call: how much, and in which counters."""

    estimate: int | None
    reserved: int
    counters: tuple[str, ...] = ()


@dataclass
class Till:
    """Keeps the budgets; what calls may cost is taken out before they are made.

    Counters are atomic, so however many calls come at once, what is
    reserved never exceeds a limit.
    """

    space: Space
    prices: Prices | None
    clock: Callable[[], float]
    unknown: float = 0.0
    daily: float | None = None
    by_tool: Mapping[str, float] = field(default_factory=dict)
    by_principal: Mapping[str, float] = field(default_factory=dict)

    def estimate(self, call: ToolCall) -> int | None:
        """What a call will cost at most, if that is known."""
        return micro(self.prices.estimate(call.tool.name, call.arguments)) if self.prices else None

    def cost(self, usage: Any) -> int | None:
        """What a call has cost, if it says enough."""
        if self.prices is None or not isinstance(usage, Mapping):
            return None
        try:
            return micro(self.prices.cost(usage))
        except Exception:  # the answer was paid for, and no mistake in a price may lose it
            log.exception("the price of a call cannot be told")
            return None

    async def reserve(self, call: ToolCall) -> Bill:
        """Set aside what a call may cost.

        Raises:
            Refused: a budget has no room for it.
        """
        estimate = self.estimate(call)
        bill = Bill(estimate, estimate if estimate is not None else micro(Decimal(str(self.unknown))) or 0)
        try:
            for budget in self._budgets(call):
                total = await self.space.count(budget.counter, bill.reserved, COUNTER_SECONDS)
                bill = replace(bill, counters=(*bill.counters, budget.counter))
                if total > budget.limit or total - bill.reserved >= budget.limit:
                    raise self._refusal(budget, total - bill.reserved, bill.reserved)
        except (ToolpostError, anyio.get_cancelled_exc_class()):
            await self.release(bill)
            raise
        return bill

    async def settle(self, bill: Bill, cost: int | None) -> None:
        """Put what a call has cost in the place of what was set aside; what is not known stays as it was."""
        if cost is not None and cost != bill.reserved:
            await self._add(bill, cost - bill.reserved)

    async def release(self, bill: Bill) -> None:
        """Give back what was set aside for a call that cost nothing."""
        if bill.reserved:
            await self._add(bill, -bill.reserved)

    async def _add(self, bill: Bill, amount: int) -> None:
        with anyio.CancelScope(shield=True), suppress(Unavailable):
            for counter in bill.counters:
                await self.space.count(counter, amount, COUNTER_SECONDS)

    def _budgets(self, call: ToolCall) -> Iterator[Budget]:
        day, tool, principal = self._today(), call.tool.name, call.context.principal
        if self.daily is not None:
            yield Budget(f"spent:{day}:all", _micro(self.daily), "for everything")
        if tool in self.by_tool:
            yield Budget(f"spent:{day}:tool:{tool}", _micro(self.by_tool[tool]), f"for {tool}")
        mine = self.by_principal.get(principal, self.by_principal.get(EVERY_OTHER))
        if mine is not None:
            yield Budget(f"spent:{day}:principal:{owner_of(principal)}", _micro(mine), "for this caller")

    def _refusal(self, budget: Budget, spent: int, wanted: int) -> Refused:
        resets = datetime.fromisoformat(f"{self._today()}T00:00:00+00:00") + timedelta(days=1)
        return Refused(
            f"the budget {budget.whose} is {dollars(budget.limit)} a day: {dollars(spent)} are spent or set aside, and "
            f"this call may cost {dollars(wanted)}; it resets at {resets:%Y-%m-%d %H:%M} UTC, and [plugins.ledger] "
            "sets it"
        )

    def _today(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).date().isoformat()


def micro(amount: Decimal | None) -> int | None:
    """Dollars in millionths, rounded up; None where the amount is none that one can pay."""
    if amount is None:
        return None
    exact = Decimal(amount)
    return int((exact * MICRO).to_integral_value(ROUND_CEILING)) if exact.is_finite() and exact >= 0 else None


def dollars(amount: int) -> str:
    """Millionths of a dollar as people read them."""
    return f"{amount / MICRO:.2f} USD" if amount % 10_000 == 0 else f"{amount / MICRO:.4f} USD"


def _micro(amount: float) -> int:
    return micro(Decimal(str(amount))) or 0
