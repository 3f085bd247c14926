"""What a turn begins with: what is known of its session, what the model is sent, and what is written first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from toolpost import InvalidArguments, Refused
from toolpost_gateway.sessions.history import surplus
from toolpost_gateway.sessions.keeping import LOST
from toolpost_gateway.sessions.line import line
from toolpost_gateway.sessions.pictures import handles
from toolpost_gateway.sessions.queue import Swap
from toolpost_gateway.sessions.records import Head, Message, Record, text_of
from toolpost_gateway.sessions.rooms import Rooms
from toolpost_gateway.sessions.shelf import Shelf

# Characters of a title, and of a message to find them in.
TITLE, LOOKED_AT = 60, 1000
# How often a head is read again that others change meanwhile.
TRIES = 10


@dataclass
class Beginning:
    """A turn that begins, read and written as one, so that who dies in it leaves a whole session.

    `head` is what is known of what went before, and `earlier` are the turns of it that the model is sent, of which
    `surplus` are too many and have to be summarised before.
    """

    rooms: Rooms
    shelf: Shelf
    user: dict[str, Any]
    model: str
    again: bool
    head: Head = field(init=False)
    record: Record = field(init=False)
    earlier: list[Record] = field(init=False)
    surplus: int = 0
    stays: bool = False
    _before: bytes | None = None
    _end: int = 0
    _found: list[tuple[Record, bytes]] = field(default_factory=list)

    @property
    def raw(self) -> bytes | None:
        """What stands now where the turn will be."""
        return self._before if self.stays else self.record.written

    async def swaps(self) -> Sequence[Swap]:
        """What is written as the turn is taken; nothing while something has to be summarised.

        Raises:
            UnknownSession: there is no such session any more.
            InvalidArguments: nothing was said that could be answered again.
        """
        self.head, raw = await self.rooms.opened(self.shelf)
        self._found = [one async for one in self.shelf.turns(self.head.cut)]
        self.record, self._before = self._record()
        self.earlier = [past for past, _ in self._found if past.number < self.record.number]
        self.surplus = surplus(self.head.summary, self.earlier, self.record.user, self.rooms.keeping.tokens)
        # One that has an answer already is not touched until there is another.
        self.stays = self._before is not None and self._found[-1][0].state == "done"
        return [] if self.surplus else await self._written(self.head, raw)

    async def shortened(self, summary: str) -> None:
        """Write what begins after a summary was made of what is too much."""
        gone, self.earlier = self.earlier[: self.surplus], self.earlier[self.surplus :]
        for _ in range(TRIES):
            now, raw = await self.rooms.opened(self.shelf)
            head = replace(now, summary=summary, cut=gone[-1].number + 1)
            if await self.shelf.space.swap_all(await self._written(head, raw)):
                return
        raise Refused(LOST)

    async def tidy(self) -> None:
        """Let go of the oldest turns, where there was too much."""
        await self.shelf.drop(self.head.first, self._end)

    async def _written(self, head: Head, raw: bytes) -> list[Swap]:
        self.head = replace(head, outside=head.outside or any(past.tools for past, _ in self._found))
        used = await self.rooms.used(self.shelf, self.head, self._found, self.record, title_of(self.record.user))
        self._end, headed = used.first, self.shelf.headed(used, raw)
        return [headed] if self.stays else [headed, self.shelf.turned(self.record, self._before)]

    def _record(self) -> tuple[Record, bytes | None]:
        """The turn that begins, and what is written where it will be."""
        at = self.rooms.clock()
        if not self.again:
            number = self._found[-1][0].number + 1 if self._found else self.head.cut
            return Record(number=number, at=at, user=self.user, model=self.model), None
        if not self._found:
            raise InvalidArguments("nothing was said in this session that could be answered again")
        last, raw = self._found[-1]
        return Record(number=last.number, at=at, user=last.user, model=self.model), raw


def title_of(user: Message) -> str:
    """The first words of a message."""
    words = line(text_of(user)[:LOOKED_AT]) or ("A picture" if handles([user]) else "Untitled")
    return words if len(words) <= TITLE else f"{words[:TITLE].rsplit(' ', 1)[0]}…"
