"""Where calls fly: in tasks of the host, from its start until its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from toolpost.canonical import canonical_digest
from toolpost.errors import Unavailable
from toolpost.middleware.ledger.book import owner_of
from toolpost.middleware.ledger.carrier import Carrier
from toolpost.middleware.ledger.flight import Flight
from toolpost.tools.call import ToolCall


class Air:
    """Lets the carrier fly; `flights` are those under way by their places, `grace` the seconds that the end leaves."""

    def __init__(self, carrier: Carrier, flights: dict[str, Flight], grace: float) -> None:
        self._carrier, self._flights, self._grace = carrier, flights, grace
        self._tasks: TaskGroup | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TaskGroup]:
        """While this is held calls may fly; at the end they get their grace, and are cancelled with all other tasks."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield tasks
            finally:
                self._tasks = None
                await self._land_all()
                tasks.cancel_scope.cancel()

    def take_off(self, flight: Flight) -> Flight:
        """Begin a flight.

        Raises:
            Unavailable: the host does not run.
        """
        if self._tasks is None:
            raise Unavailable("the host does not run, so nothing that costs money is begun")
        self._flights[flight.place] = flight
        self._tasks.start_soon(self._fly, flight)
        return flight

    async def _fly(self, flight: Flight) -> None:
        try:
            with flight.scope:
                await self._carrier.carry(flight)
        finally:
            del self._flights[flight.place]
            flight.landed.set()

    async def _land_all(self) -> None:
        with anyio.move_on_after(self._grace):
            for flight in list(self._flights.values()):
                await flight.landed.wait()
        for flight in self._flights.values():
            flight.is_ending = True


def place_of(call: ToolCall) -> str:
    """What equal calls share: who calls, and what with which arguments."""
    return f"{owner_of(call.context.principal)}:{canonical_digest([call.tool.name, dict(call.arguments)]).hex()}"
