"""Calls that leave their request behind: opened in the store, found by their client, and closed once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.book import JOB, Book, owner_of
from toolpost.middleware.ledger.desk import Desk
from toolpost.middleware.ledger.flight import Flight
from toolpost.middleware.ledger.listening import Listeners
from toolpost.middleware.ledger.orders import Order, Orders
from toolpost.middleware.ledger.room import Room, size_of
from toolpost.middleware.ledger.sentences import NOT_KEPT, lost
from toolpost.middleware.ledger.stored import StoredTickets
from toolpost.middleware.ledger.ticket import Outcome, Ticket
from toolpost.middleware.ledger.unpaid import Unpaid
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

HOUR = 3_600.0
# A result that cannot be kept is reported as an error of the protocol (JSON-RPC 2.0, section 5.1).
INTERNAL_ERROR = -32603


class Errand(Protocol):
    """A call of this process that has left its request behind."""

    @property
    def ticket(self) -> Ticket:
        """How it stands."""
        ...

    async def obey(self, order: Order) -> None:
        """Do what its client wants: end, or take answers."""
        ...


@dataclass
class Tickets:
    """Gives out tickets and takes them back; `hours` is how long a result waits, `most` what a caller may have running.

    A ticket has the name of its job. The ledger's own jobs are those of calls
    that cost money; for any other, `open` makes one, which no later call is
    answered with.
    """

    desk: Desk
    orders: Orders
    flights: dict[str, Flight]
    hours: float
    most: int
    running: dict[str, Errand] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=Listeners)
    # Set by the ledger while it is open.
    begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], object] | None = None

    def __post_init__(self) -> None:
        self.room = Room(self.most)
        self.stored = StoredTickets(self.book.space, self.desk.carrier.clock)
        self._unpaid = Unpaid(self.book, self.flights, self.desk.carrier.clock)

    @property
    def book(self) -> Book:
        """Where jobs and tickets are written."""
        return self.desk.carrier.book

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way, or could not be written yet."""
        return bool(self.running) or self.stored.is_late

    @property
    def now(self) -> float:
        """The time that tickets count in."""
        return self.desk.carrier.clock()

    def has_room(self, principal: str) -> bool:
        """Whether a caller may leave another call behind now."""
        return self.begin is not None and self.room.has(owner_of(principal), self.now)

    async def open(self, tool: Tool, context: Context, job: str, errand: Errand) -> Ticket | None:
        """A ticket for a call, durable when this returns; that of the same job where it has one already.

        Without a job one is made. None where the job's ticket is over, or
        there is no room.

        Raises:
            Unavailable: nothing can be written.
        """
        owner = owner_of(context.principal)
        if job and (known := await self._known(owner, job)):
            return None if known.is_over else known
        if not self.has_room(context.principal):
            return None
        paid, now = bool(job), self.now
        job = job or await self._unpaid.begin(tool, context)
        ticket = Ticket(job, owner, tool.name, self.book.process, now, now, self.hours * HOUR, paid)
        if not await self.stored.add(ticket):
            return await self._known(owner, job)
        self.running[job] = errand
        self.room.enter(owner)
        self.orders.watch()
        return ticket

    async def find(self, principal: str, job: str) -> Ticket | None:
        """A caller's ticket, as far as it is known; None for what is unknown or somebody else's."""
        return await self._known(owner_of(principal), job) if JOB.fullmatch(job) else None

    async def close(self, ticket: Ticket, outcome: Outcome) -> Ticket:
        """Write down how it ended: with a result, an error of the protocol, or cancelled."""
        over = await self._ended(ticket, outcome)
        over.dump()  # what has no JSON is said now, while the task is still under way
        await self.stored.close(over)
        if self.running.pop(ticket.job, None) is not None:
            self.room.leave(over.owner, over.created + over.seconds, size_of(outcome))
        await self._unpaid.end(over, outcome)
        self.listeners.tell(over.job)
        return over

    async def abandon(self, ticket: Ticket) -> None:
        """Toolpost ends while it runs; whoever asks next finds out what the ledger knows of it."""
        self.running.pop(ticket.job, None)
        await self._unpaid.abandon(ticket.job)

    async def settled(self, ticket: Ticket, claim: Callable[[str], Awaitable[ToolResult]]) -> Ticket:
        """The ticket, brought to its end where the process that had it is gone; `claim` gets the result of a job."""
        if ticket.is_over or ticket.job in self.running or await self.book.is_alive(ticket):
            return ticket
        entry = await self.book.find(ticket.owner, ticket.job)
        if entry is not None and await self.desk.is_running(entry.record):
            return ticket
        if entry is not None and entry.record.result is not None:
            return await self.close(ticket, await claim(ticket.job))
        said = lost(ticket, entry.record if entry else None, self.desk.carrier.blocked)
        return await self.close(ticket, {"code": INTERNAL_ERROR, "message": said})

    async def order(self, ticket: Ticket, order: Order) -> None:
        """Have whoever runs it do something, here or in another process."""
        errand = self.running.get(ticket.job)
        if errand is not None:
            await errand.obey(order)
        elif await self.book.is_alive(ticket):
            await self.orders.give(ticket.process, ticket.job, order)

    async def result(self, ticket: Ticket) -> ToolResult:
        """What the call answered."""
        assert ticket.result is not None
        return await self.desk.carrier.shelf.restore(ticket.result)

    async def serve(self) -> None:
        """Do what clients of other processes want of the calls of this one, for ever."""
        await self.orders.run(lambda: bool(self.running), self._obey)

    async def _obey(self, job: str, order: Order) -> None:
        errand = self.running.get(job)
        if errand is not None:
            await errand.obey(order)

    async def _known(self, owner: str, job: str) -> Ticket | None:
        errand = self.running.get(job)
        if errand is not None:
            return errand.ticket if errand.ticket.owner == owner else None
        return await self.stored.find(owner, job)

    async def _ended(self, ticket: Ticket, outcome: Outcome) -> Ticket:
        seconds = max(0.0, self.now - ticket.created) + self.hours * HOUR
        ticket = replace(ticket, seconds=seconds)
        match outcome:
            case None:
                return ticket.now("cancelled", self.now)
            case ToolResult():
                try:
                    return ticket.now("completed", self.now, result=await self.desk.carrier.shelf.keep(outcome))
                except (Unavailable, ValueError):
                    return ticket.now("failed", self.now, error={"code": INTERNAL_ERROR, "message": NOT_KEPT})
        return ticket.now("failed", self.now, error=outcome)
