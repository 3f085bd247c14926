"""Tickets as they lie in the store, where every process finds them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.ticket import Ticket, key_of
from toolpost.store import Space

log = logging.getLogger("toolpost.ledger")
# The ticket of a call that is under way is kept for so much longer than its result will wait, in seconds.
DAY = 86_400.0


class StoredTickets:
    """Writes tickets down, and finds them; one that has ended is held here until the store takes it."""

    def __init__(self, space: Space, clock: Callable[[], float]) -> None:
        self._space, self._clock = space, clock
        self._late: dict[str, Ticket] = {}

    @property
    def is_late(self) -> bool:
        """Whether anything could not be written yet."""
        return bool(self._late)

    async def add(self, ticket: Ticket) -> bool:
        """Write a new one down; False where its job has one already."""
        return await self._space.add(ticket.key, ticket.dump(), ticket.seconds + DAY)

    async def find(self, owner: str, job: str) -> Ticket | None:
        """An owner's ticket, None where there is none."""
        late = self._late.get(job)
        if late is not None:
            return late if late.owner == owner else None
        stored = await self._space.get(key_of(owner, job))
        return None if stored is None else Ticket.load(stored)

    async def update(self, ticket: Ticket) -> None:
        """Let other processes see how it stands, if it can be written now."""
        # What a tool asks may be no JSON, and then it could not be sent either.
        with suppress(Unavailable, ValueError):
            await self._space.set(ticket.key, ticket.dump(), ticket.seconds + DAY)

    async def close(self, ticket: Ticket) -> None:
        """Write down how it ended, now or with one of the next beats."""
        try:
            await self._space.set(ticket.key, ticket.dump(), ticket.created + ticket.seconds - self._clock())
        except Unavailable as error:
            log.warning("how job %s ended must be written later: %s", ticket.job, error)
            self._late[ticket.job] = ticket
        else:
            self._late.pop(ticket.job, None)

    async def beat(self) -> None:
        """Write what could not be written before."""
        for ticket in list(self._late.values()):
            await self.close(ticket)
