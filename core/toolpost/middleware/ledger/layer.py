"""The `ledger` layer: its settings, and the way of a call through it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Literal

import anyio
import anyio.to_thread
from pydantic import Field

from toolpost.artefacts import Artefacts
from toolpost.errors import Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.middleware.ledger.air import Air, place_of
from toolpost.middleware.ledger.beating import beat
from toolpost.middleware.ledger.book import Book
from toolpost.middleware.ledger.carrier import Carrier
from toolpost.middleware.ledger.clearing import clear_now_and_then
from toolpost.middleware.ledger.desk import Desk
from toolpost.middleware.ledger.flight import META, Flight
from toolpost.middleware.ledger.money import Prices, Till
from toolpost.middleware.ledger.orders import Orders
from toolpost.middleware.ledger.passing import Passing, is_passing
from toolpost.middleware.ledger.sentences import still_working
from toolpost.middleware.ledger.shelf import Shelf
from toolpost.middleware.ledger.tickets import Tickets
from toolpost.primitives import Resource
from toolpost.store import Store
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

    from toolpost.routes import Route

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
log = logging.getLogger("toolpost.ledger")
HOUR, DAY = 3_600.0, 86_400.0


@dataclass
class Ledger:
    """Writes every billable call down before it is made, pays for none twice, and keeps budgets.

    The same call again attaches to the one under way, gets the answer of one
    that ended less than `window` seconds ago, and is not made for
    `ambiguous_window` seconds after one of which nobody knows whether it was
    carried out. The README beside this file explains each setting.
    """

    store: Store
    artefacts: Artefacts
    prices: Prices | None = None
    window: Seconds = 300.0
    tools_window: dict[str, Seconds] = field(default_factory=dict)
    ambiguous_window: Seconds = HOUR
    keep_days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    wait_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.9
    on_cancel: Literal["finish", "stop"] = "stop"
    grace: Seconds = 0.2
    lease: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    daily: Dollars | None = None
    daily_by_tool: dict[str, Dollars] = field(default_factory=dict)
    daily_by_principal: dict[str, Dollars] = field(default_factory=dict)
    unknown_cost: Dollars = 0.0
    task_hours: Annotated[float, Field(gt=0, le=8_760)] = 24.0
    tasks: Annotated[int, Field(ge=0)] = 1_000
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def __post_init__(self) -> None:
        space = self.store.space("ledger")
        self.book = Book(space, token_hex(16), self.keep_days * DAY, self.lease)
        self.till = Till(
            space, self.prices, self.clock, self.unknown_cost, self.daily, self.daily_by_tool, self.daily_by_principal
        )
        self.shelf = Shelf(self.artefacts.part("ledger"))
        self._passing = Passing(self.book, self.till, self.clock)
        carrier = Carrier(self.book, self.shelf, self.till, self.clock, self._window_of, self.ambiguous_window)
        self._flights: dict[str, Flight] = {}
        self._air = Air(carrier, self._flights, self.grace)
        self.desk = Desk(carrier, self._flights, self._patience)
        orders = Orders(space, self.book.process)
        self.tickets = Tickets(self.desk, orders, self._flights, self.task_hours, self.tasks)

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def tools(self) -> list[Tool]:
        return self.desk.tools()

    @hookimpl
    def resources(self) -> list[Resource]:
        return self.desk.resources()

    @hookimpl
    def routes(self) -> list[Route]:
        from toolpost.middleware.ledger.routes import routes

        return routes(self)

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        from toolpost.middleware.ledger.commands import group

        cli.add_command(group(self))

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Hold open what calls run in; at the end they get their grace and are cancelled."""
        if (self.daily or self.daily_by_tool or self.daily_by_principal) and not self.unknown_cost:
            log.warning("a budget is set; a call whose price nobody knows counts as unknown_cost = 0 dollars")
        try:
            async with self._air.open() as tasks:
                tasks.start_soon(beat, self._flights, self.tickets)
                tasks.start_soon(self._passing.write)
                tasks.start_soon(self.tickets.serve)
                tasks.start_soon(clear_now_and_then, self.shelf.artefacts.folder, self.book.keep)
                self.tickets.begin = tasks.start_soon
                try:
                    yield
                finally:
                    self.tickets.begin = None
        finally:
            with anyio.CancelScope(shield=True):
                await self._passing.flush()
                await self.book.leave()

    def applies_to(self, tool: Tool) -> bool:
        """Only tools whose calls cost money."""
        return tool.billable

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Make the call in a task of its own, or join the equal one, and wait as long as the client does."""
        if self.till.estimate(call) == 0:
            # It certainly costs nothing, as with a model of our own.
            call.context.begun("")
            return await call_next(call)
        if is_passing(call):
            call.context.begun("")
            return await self._passing.make(call, call_next)
        # Arguments may hold megabytes of pictures.
        place = await anyio.to_thread.run_sync(place_of, call)
        until = anyio.current_time() + self._patience(call.context)
        while True:
            flight = self._flights.get(place) or self._air.take_off(Flight(place, call, call_next))
            left = until - anyio.current_time()
            if not await flight.attend(call.context, left, stop=self.on_cancel == "stop"):
                return self._leave_it(flight, call)
            if (answer := flight.answer(call.context)) is not None:
                _note(call, answer)
                return answer

    def explain(self, call: ToolCall) -> str:
        window = self._window_of(call.tool.name)
        return f"would write the call down first, and answer an equal one within {window:g} s with the same result"

    def _leave_it(self, flight: Flight, call: ToolCall) -> ToolResult:
        """The client waits no longer, and the work goes on."""
        if not flight.job:
            if not flight.callers:
                flight.scope.cancel()
            raise Unavailable(f"{call.tool.name} was not begun in the time that this client waits")
        call.context.note("ledger", f"still working: job {flight.job}")
        return still_working(call.tool, flight.job)

    def _patience(self, context: Context) -> float:
        """The seconds after which a caller must have an answer."""
        seconds = context.client.call_seconds
        return min(math.inf if seconds is None else seconds, context.remaining) * self.wait_fraction

    def _window_of(self, tool: str) -> float:
        return self.tools_window.get(tool, self.window)


def _note(call: ToolCall, answer: ToolResult) -> None:
    known = answer.meta.get(META, {})
    for how in ("replayed", "attached"):
        if known.get(how):
            call.context.note("ledger", f"{how}: job {known['job']}")
