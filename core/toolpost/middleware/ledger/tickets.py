"""Calls that leave their request behind: opened in the store, found by their client, and closed once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, Protocol

import anyio

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.book import JOB, Book, Entry, owner_of
from toolpost.middleware.ledger.desk import Desk
from toolpost.middleware.ledger.flight import Flight
from toolpost.middleware.ledger.orders import Order, Orders
from toolpost.middleware.ledger.record import JSONObject, Record
from toolpost.middleware.ledger.room import BYTES, Room
from toolpost.middleware.ledger.sentences import NOT_KEPT, lost
from toolpost.middleware.ledger.ticket import Ticket
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.results import weight
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.ledger")
HOUR, DAY = 3_600.0, 86_400.0
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
    _late: dict[str, Ticket] = field(default_factory=dict)
    _own: dict[str, tuple[Entry, Flight]] = field(default_factory=dict)
    _ears: dict[str, set[anyio.Event]] = field(default_factory=dict)
    # Set by the ledger while it is open.
    begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], object] | None = None

    def __post_init__(self) -> None:
        self.room = Room(self.most)

    @property
    def book(self) -> Book:
        """Where jobs and tickets are written."""
        return self.desk.carrier.book

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way, or could not be written yet."""
        return bool(self.running or self._late)

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
        job = job or await self._job(tool, context, owner)
        ticket = Ticket(job, owner, tool.name, self.book.process, now, now, self.hours * HOUR, paid)
        if not await self.book.space.add(ticket.key, ticket.dump(), ticket.seconds + DAY):
            return await self._known(owner, job)
        self.running[job] = errand
        self.room.enter(owner)
        self.orders.watch()
        return ticket

    async def find(self, principal: str, job: str) -> Ticket | None:
        """A caller's ticket, as far as it is known; None for what is unknown or somebody else's."""
        return await self._known(owner_of(principal), job) if JOB.fullmatch(job) else None

    async def close(self, ticket: Ticket, ending: ToolResult | JSONObject | None) -> Ticket:
        """Write down how it ended: with a result, an error of the protocol, or cancelled."""
        over = await self._ended(ticket, ending)
        over.dump()  # what has no JSON is said now, while the task is still under way
        await self._save(over)
        if self.running.pop(ticket.job, None) is not None:
            self.room.leave(over.owner, over.created + over.seconds, _size(ending))
        await self._land(over, ending)
        self.tell(over.job)
        return over

    async def save(self, ticket: Ticket) -> None:
        """Let other processes see how it stands, if it can be written now."""
        # What a tool asks may be no JSON, and then it could not be sent either.
        with suppress(Unavailable, ValueError):
            await self.book.space.set(ticket.key, ticket.dump(), ticket.seconds + DAY)

    async def abandon(self, ticket: Ticket) -> None:
        """Toolpost ends while it runs; whoever asks next finds out what the ledger knows of it."""
        self.running.pop(ticket.job, None)
        entry, flight = self._own.pop(ticket.job, (None, None))
        if entry is not None and flight is not None:
            self._gone(flight)
            await self.book.close(entry, entry.record.end("ambiguous", self.now, "toolpost ended while it ran"))

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

    @contextmanager
    def listening(self, jobs: list[str]) -> Iterator[anyio.Event]:
        """An event that is set when one of these changes in this process."""
        ear = anyio.Event()
        for job in jobs:
            self._ears.setdefault(job, set()).add(ear)
        try:
            yield ear
        finally:
            for job in jobs:
                self._ears[job].discard(ear)
                if not self._ears[job]:
                    del self._ears[job]

    def tell(self, job: str) -> None:
        """Something about it changed."""
        for ear in self._ears.get(job, ()):
            ear.set()

    async def beat(self) -> None:
        """Write what could not be written before."""
        for ticket in list(self._late.values()):
            await self._save(ticket)

    async def _obey(self, job: str, order: Order) -> None:
        errand = self.running.get(job)
        if errand is not None:
            await errand.obey(order)

    async def _known(self, owner: str, job: str) -> Ticket | None:
        errand = self.running.get(job)
        if errand is not None:
            return errand.ticket if errand.ticket.owner == owner else None
        late = self._late.get(job)
        if late is not None:
            return late if late.owner == owner else None
        stored = await self.book.space.get(f"task:{owner}:{job}")
        return None if stored is None else Ticket.load(stored)

    async def _job(self, tool: Tool, context: Context, owner: str) -> str:
        """A job for a call that no other equals, in the book like any other."""
        call = token_hex(32)
        job = f"{call[:8]}-{token_hex(16)}"
        record = Record(job, owner, call, context.principal, tool.name, self.book.process, "running", self.now)
        entry = await self.book.open(record, None)
        assert entry is not None  # nobody else has a call of 256 random bits
        flight = Flight(record.place, ToolCall(tool, {}, context), _unreachable, job, departed=True)
        self.flights[record.place] = flight
        self._own[job] = entry, flight
        return job

    async def _ended(self, ticket: Ticket, ending: ToolResult | JSONObject | None) -> Ticket:
        seconds = max(0.0, self.now - ticket.created) + self.hours * HOUR
        ticket = replace(ticket, seconds=seconds)
        match ending:
            case None:
                return ticket.now("cancelled", self.now)
            case ToolResult():
                try:
                    return ticket.now("completed", self.now, result=await self.desk.carrier.shelf.keep(ending))
                except (Unavailable, ValueError):
                    return ticket.now("failed", self.now, error={"code": INTERNAL_ERROR, "message": NOT_KEPT})
        return ticket.now("failed", self.now, error=ending)

    async def _save(self, ticket: Ticket) -> None:
        try:
            await self.book.space.set(ticket.key, ticket.dump(), ticket.created + ticket.seconds - self.now)
        except Unavailable as error:
            log.warning("how job %s ended must be written later: %s", ticket.job, error)
            self._late[ticket.job] = ticket
        else:
            self._late.pop(ticket.job, None)

    async def _land(self, ticket: Ticket, ending: ToolResult | JSONObject | None) -> None:
        """End the job that was made for this ticket."""
        if ticket.job not in self._own:
            return
        entry, flight = self._own.pop(ticket.job)
        flight.ending = ending if isinstance(ending, ToolResult) else None
        record = _over(entry.record, ticket, ending)
        with suppress(Unavailable):
            await self.book.close(entry, record, ticket.created + ticket.seconds - self.now)
        self._gone(flight)

    def _gone(self, flight: Flight) -> None:
        self.flights.pop(flight.place, None)
        flight.landed.set()


def _over(record: Record, ticket: Ticket, ending: ToolResult | JSONObject | None) -> Record:
    match ending:
        case None:
            return record.end("ambiguous", ticket.updated, "its caller stopped it")
        case ToolResult(is_error=failed):
            return record.end("failed" if failed else "finished", ticket.updated, result=ticket.result)
    return record.end("failed", ticket.updated, str(ending.get("message", "")))


def _size(ending: ToolResult | JSONObject | None) -> int:
    """About how many bytes wait to be fetched."""
    if not isinstance(ending, ToolResult):
        return 0
    held = sum(len(getattr(block, "text", "") or getattr(block, "data", "")) for block in ending.content)
    return held + weight(ending.structured, BYTES)


async def _unreachable(call: ToolCall) -> ToolResult:
    raise AssertionError("nobody flies it")
