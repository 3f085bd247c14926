"""Where one session lies in the store: keys that hold the caller, so that nobody finds another's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from toolpost import Refused, Space
from toolpost_gateway.sessions.keeping import LOST, UnknownSession
from toolpost_gateway.sessions.queue import Lease, Swap
from toolpost_gateway.sessions.records import Head, Record

PAGE = 100
ID = re.compile(r"[A-Za-z0-9_-]{32}")


def owner(principal: str) -> str:
    """A caller in a key, where no text of theirs may stand."""
    return sha256(principal.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Shelf:
    """The records of one session, by `name`: its owner and its id."""

    space: Space
    name: str

    @classmethod
    def of(cls, space: Space, principal: str, id: str) -> Shelf:
        """The shelf of an id that a caller brought.

        Raises:
            UnknownSession: no id of ours looks like that.
        """
        if not ID.fullmatch(id):
            raise UnknownSession
        return cls(space, f"{owner(principal)}:{id}")

    async def head(self) -> Head:
        """What is known of the session.

        Raises:
            UnknownSession: there is none.
        """
        return (await self.opened())[0]

    async def opened(self) -> tuple[Head, bytes]:
        """The same, and as it is written.

        Raises:
            UnknownSession: there is none.
        """
        raw = await self._head()
        return Head.read(raw), raw

    async def change(self, change: Callable[[Head], Head]) -> Head:
        """Change the head, whoever else does so at the same time.

        Raises:
            UnknownSession: it has been deleted.
        """
        while True:
            raw = await self._head()
            changed = change(Head.read(raw))
            if await self.space.swap_all([self.headed(changed, raw)]):
                return changed

    async def turns(self, first: int = 0) -> AsyncIterator[tuple[Record, bytes]]:
        """The turns from that on, and each as it is written."""
        after = self._turn(first - 1) if first else ""
        while True:
            page = await self.space.scan(f"turn:{self.name}:", after, PAGE)
            for _, raw in page:
                yield Record.read(raw), raw
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def headed(self, head: Head, before: bytes) -> Swap:
        """What puts a head in the place of what was written of it."""
        return f"head:{self.name}", before, head.written, None

    def turned(self, record: Record, before: bytes | None) -> Swap:
        """What puts a turn in the place of what was written of it."""
        return self._turn(record.number), before, record.written, None

    async def write(self, record: Record, before: bytes | None, last_of: Lease | None = None) -> bytes:
        """Put a turn in the place of what was written of it; a session that is being deleted keeps nothing.

        Where it is the `last_of` a lease, that ends with it.

        Raises:
            UnknownSession: it has been deleted.
            Refused: another process has taken it over.
        """
        key, written = self._turn(record.number), record.written
        turned = (key, before, written, None)
        is_done = last_of is not None and await last_of.end([turned])
        is_done = is_done or await self.space.swap_all([turned])
        try:
            await self._head()
        except UnknownSession:
            await self.space.delete(key)
            raise
        if not is_done:
            raise Refused(LOST)
        return written

    async def drop(self, first: int, end: int) -> None:
        """Remove turns for good."""
        for number in range(first, end):
            await self.space.delete(self._turn(number))

    async def clear(self) -> None:
        """Remove everything: the head last, so that one who dies in this can be followed up."""
        try:
            await self.change(lambda head: replace(head, is_gone=True, title="", summary=""))
        except UnknownSession:
            pass  # another began before
        while page := await self.space.scan(f"turn:{self.name}:"):
            for key, _ in page:
                await self.space.delete(key)
        await self.space.delete(f"head:{self.name}")

    async def _head(self) -> bytes:
        raw = await self.space.get(f"head:{self.name}")
        if raw is None or Head.read(raw).is_gone:
            raise UnknownSession
        return raw

    def _turn(self, number: int) -> str:
        return f"turn:{self.name}:{number:08d}"
