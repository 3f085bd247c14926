"""The ticket of a call that goes on: kept as the call stands, for those who ask here and in other processes."""

from __future__ import annotations

import logging
from typing import Any

import anyio

from toolpost.crash import account
from toolpost.middleware.ledger.ticket import Status, Ticket
from toolpost.middleware.ledger.tickets import Tickets
from toolpost.server.tasks.outcome import UNANSWERABLE, outcome, sendable
from toolpost.server.tasks.questions import Questions

log = logging.getLogger("toolpost")
# A status is a line, and not a text.
LONGEST = 500


class LiveTicket:
    """What one call says and asks, on its ticket once it has one.

    `is_shared` says that an equal call has left with this ticket before, and
    that the ticket is kept by that one.
    """

    def __init__(self, tickets: Tickets) -> None:
        self.questions = Questions(self._changed)
        self.ticket: Ticket | None = None
        self.is_shared = False
        self._tickets = tickets
        self._said = ""
        self._lock = anyio.Lock()

    def take(self, ticket: Ticket, *, is_shared: bool) -> None:
        """The call has a ticket."""
        self.ticket, self.is_shared = ticket, is_shared
        self._changed()

    def say(self, done: float, total: float | None, message: str | None) -> None:
        """The work advanced."""
        # Kept before there is a ticket, too: while it is written, the work goes on.
        self._said = _status(done, total, message)
        self._changed()

    async def close(self, ending: Any) -> None:
        """The call has ended so: with a result, a failure, or None where it was cancelled."""
        async with self._lock:
            if self.ticket is not None:
                self.ticket = await self._closed(self.ticket, ending)

    async def _closed(self, ticket: Ticket, ending: Any) -> Ticket:
        try:
            return await self._tickets.close(ticket, outcome(ending))
        except Exception as error:
            # What stands around this task is the ledger, which others need.
            log.error("a task of %s cannot be ended as it should\n%s", ticket.tool, "\n".join(account(error)))
            return await self._tickets.close(ticket, UNANSWERABLE)

    def _changed(self) -> None:
        """Questions came or went, or the work advanced."""
        before = self.ticket
        if before is None or before.is_over or self.is_shared:
            return
        requests = self.questions.requests
        status: Status = "input_required" if requests else "working"
        if (status, requests, self._said) == (before.status, before.requests, before.said):
            return
        self.ticket = before.now(status, self._tickets.now, requests=requests, said=self._said)
        self._tickets.listeners.tell(before.job)
        # Progress is for those who ask here; of every word of it written down the disk would hear all day.
        if requests != before.requests and self._tickets.begin is not None:
            self._tickets.begin(self._save)

    async def _save(self) -> None:
        async with self._lock:
            if self.ticket is not None and not (self.is_shared or self.ticket.is_over):
                await self._tickets.stored.update(self.ticket)


def _status(done: float, total: float | None, message: str | None) -> str:
    if message:
        return sendable(message)[:LONGEST]
    return f"{done:g} of {total:g}" if total is not None else f"{done:g}"
