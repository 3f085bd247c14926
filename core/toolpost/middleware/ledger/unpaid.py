"""Jobs of calls that cost nothing and have left their requests behind: in the book like those that are paid for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.book import Book, Entry, owner_of
from toolpost.middleware.ledger.flight import Flight
from toolpost.middleware.ledger.record import Record
from toolpost.middleware.ledger.ticket import Outcome, Ticket
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool


class Unpaid:
    """Makes such jobs, and ends them; no later call is answered with one.

    Each has a flight among the others while it runs, so that it can be
    claimed like them, though something else makes the call.
    """

    def __init__(self, book: Book, flights: dict[str, Flight], clock: Callable[[], float]) -> None:
        self._book, self._flights, self._clock = book, flights, clock
        self._open: dict[str, tuple[Entry, Flight]] = {}

    async def begin(self, tool: Tool, context: Context) -> str:
        """The name of a new job, for a call that no other equals."""
        call = token_hex(32)
        job, owner = f"{call[:8]}-{token_hex(16)}", owner_of(context.principal)
        record = Record(job, owner, call, context.principal, tool.name, self._book.process, "running", self._clock())
        entry = await self._book.open(record, None)
        assert entry is not None  # nobody else has a call of 256 random bits
        flight = Flight(record.place, ToolCall(tool, {}, context), _unreachable, job, departed=True)
        self._flights[record.place] = flight
        self._open[job] = entry, flight
        return job

    async def end(self, ticket: Ticket, outcome: Outcome) -> None:
        """End the job of a ticket that is over, if it was made here."""
        if ticket.job not in self._open:
            return
        entry, flight = self._open.pop(ticket.job)
        flight.ending = outcome if isinstance(outcome, ToolResult) else None
        with suppress(Unavailable):
            keep = ticket.created + ticket.seconds - self._clock()
            await self._book.close(entry, _over(entry.record, ticket, outcome), keep)
        self._land(flight)

    async def abandon(self, job: str) -> None:
        """Toolpost ends while it runs."""
        if job not in self._open:
            return
        entry, flight = self._open.pop(job)
        self._land(flight)
        await self._book.close(entry, entry.record.end("ambiguous", self._clock(), "toolpost ended while it ran"))

    def _land(self, flight: Flight) -> None:
        self._flights.pop(flight.place, None)
        flight.landed.set()


def _over(record: Record, ticket: Ticket, outcome: Outcome) -> Record:
    match outcome:
        case None:
            return record.end("ambiguous", ticket.updated, "its caller stopped it")
        case ToolResult(is_error=failed):
            return record.end("failed" if failed else "finished", ticket.updated, result=ticket.result)
    return record.end("failed", ticket.updated, str(outcome.get("message", "")))


async def _unreachable(call: ToolCall) -> ToolResult:
    raise AssertionError("nobody flies it")
