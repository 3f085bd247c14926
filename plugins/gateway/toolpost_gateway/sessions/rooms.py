"""All sessions of a store: found by their caller, bounded in number, age and size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from secrets import token_urlsafe

import anyio

from toolpost import Artefacts, Space, Unavailable
from toolpost_gateway.sessions.keeping import DAY, Keeping, UnknownSession
from toolpost_gateway.sessions.pictures import Album
from toolpost_gateway.sessions.queue import Queue
from toolpost_gateway.sessions.records import Head, Record
from toolpost_gateway.sessions.shelf import Shelf, owner

HOUR = 3600.0
# Seconds in which something is said in a session that was begun for it.
SOON = 60.0
FULL = "this caller has {} sessions, all of them used within a day; delete one, or go on with one"


@dataclass
class Rooms:
    """Makes, finds and removes sessions."""

    space: Space
    artefacts: Artefacts
    keeping: Keeping
    clock: Callable[[], float]
    _creating: anyio.Lock = field(default_factory=anyio.Lock)

    @cached_property
    def queue(self) -> Queue:
        """Whose turn it is in each session."""
        return Queue(self.space)

    def shelf(self, principal: str, id: str) -> Shelf:
        """The place of a session.

        Raises:
            UnknownSession: no id looks like that.
        """
        return Shelf.of(self.space, principal, id)

    def album(self, shelf: Shelf) -> Album:
        """The pictures of a session, in a folder that goes with it."""
        return Album(self.artefacts.part("gateway").part(shelf.name.replace(":", "-")))

    async def head(self, shelf: Shelf) -> Head:
        """What is known of a session.

        Raises:
            UnknownSession: there is none, or it has expired.
        """
        return (await self.opened(shelf))[0]

    async def opened(self, shelf: Shelf) -> tuple[Head, bytes]:
        """The same, and as it is written; it raises as that does."""
        head, raw = await shelf.opened()
        if self._is_over(head):
            await self.remove(shelf)
            raise UnknownSession
        return head, raw

    async def of(self, principal: str) -> list[Head]:
        """A caller's sessions, the last used first."""
        found = await self._all(f"head:{owner(principal)}:")
        # One without a title is one in which nothing was said.
        heads = [head for _, head in found if head.title and not head.is_gone and not self._is_over(head)]
        return sorted(heads, key=lambda head: -head.used)

    async def create(self, principal: str) -> Head:
        """Begin a session; where there are too many, one gives way in which nothing was said, or not for a day."""
        async with self._creating:
            await self._make_room(principal)
            # 192 random bits; OWASP's session guide asks for 64, ours for 128.
            head = Head(id=token_urlsafe(24), created=self.clock(), used=self.clock())
            await self.space.add(f"head:{owner(principal)}:{head.id}", head.written)
        return head

    async def used(
        self, shelf: Shelf, head: Head, found: Sequence[tuple[Record, bytes]], record: Record, title: str
    ) -> Head:
        """The head when a turn has begun; the turns before its first are to be let go, since there is too much.

        Those before this one are counted now: they do not change any more.
        """
        new = [len(raw) for past, raw in found if head.counted <= past.number < record.number]
        first, size = await self._fitting(shelf, head.first, record.number, head.bytes + sum(new))
        return replace(
            head,
            title=head.title or title,
            model=record.model or head.model,
            used=self.clock(),
            first=first,
            cut=max(head.cut, first),
            counted=max(head.counted, record.number),
            bytes=size,
        )

    async def remove(self, shelf: Shelf) -> None:
        """Remove a session, its pictures, and what is under way in it."""
        await shelf.clear()
        await self.queue.stop(shelf.name)
        await self.album(shelf).remove()

    async def sweep(self) -> int:
        """Remove what has expired, and what somebody began to remove."""
        over = [shelf for shelf, head in await self._all("head:") if head.is_gone or self._is_over(head)]
        for shelf in over:
            await self.remove(shelf)
        return len(over)

    async def _fitting(self, shelf: Shelf, first: int, end: int, size: int) -> tuple[int, int]:
        """From which turn on a session is small enough, and how large it is then."""
        if size > self.keeping.bytes:
            async for past, raw in shelf.turns(first):
                if size <= self.keeping.bytes or past.number >= end:
                    break
                first, size = past.number + 1, size - len(raw)
        return first, size

    async def _make_room(self, principal: str) -> None:
        heads = await self._all(f"head:{owner(principal)}:")
        if len(heads) < self.keeping.count:
            return
        idle = [pair for pair in heads if self.clock() - pair[1].used >= (DAY if pair[1].title else SOON)]
        if not idle:
            raise Unavailable(FULL.format(self.keeping.count), retry_after=HOUR)
        shelf, _ = min(idle, key=lambda pair: (bool(pair[1].title), pair[1].used))
        await self.remove(shelf)

    async def _all(self, prefix: str) -> list[tuple[Shelf, Head]]:
        found = self.space.items(prefix)
        return [(Shelf(self.space, key.removeprefix("head:")), Head.read(raw)) async for key, raw in found]

    def _is_over(self, head: Head) -> bool:
        return self.clock() - head.used > self.keeping.days * DAY
