"""The ledger's part of the store: the record of each call, those before it, and which processes live."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from toolpost.canonical import canonical_digest
from toolpost.errors import Unavailable
from toolpost.middleware.ledger.processes import has_died, this_process
from toolpost.middleware.ledger.record import Record
from toolpost.middleware.ledger.ticket import Ticket
from toolpost.store import Space

JOB = re.compile(r"[0-9a-f]{8}-[0-9a-f]{32}")


@dataclass(frozen=True)
class Entry:
    """A record with the key that it is under, and its bytes as they were read or written."""

    key: str
    stored: bytes
    record: Record


@dataclass
class Book:
    """Reads and writes records.

    The newest of equal calls is under `call:`, where only one at a time can
    take the place of another; those before it, if they may have cost
    something, are under `past:`. A process that has calls under way keeps a
    key of its own alive; `lease` is for how many seconds.
    """

    space: Space
    process: str
    keep: float
    lease: float
    late: dict[str, tuple[Entry, Record]] = field(default_factory=dict)
    _beat: float = float("-inf")

    async def at(self, place: str) -> Entry | None:
        """The newest record of equal calls."""
        return await self._read(f"call:{place}")

    async def open(self, record: Record, before: Entry | None) -> Entry | None:
        """Write a new job down in the place of the one before; None where another was first."""
        await self._show_life()
        if before is not None and before.record.is_paid:
            await self._set_aside(before.record)
        entry = Entry(f"call:{record.place}", record.dump(), record)
        replaced = None if before is None else before.stored
        taken = await self.space.swap(entry.key, replaced, entry.stored, self.keep)
        return entry if taken else None

    async def close(self, entry: Entry, record: Record, keep: float | None = None) -> bool:
        """Write down how a job ended; False where that must wait, and is tried again with every beat.

        `keep` is for how many seconds, where that is not as long as all others.
        """
        try:
            if not await self.space.swap(entry.key, entry.stored, record.dump(), keep or self.keep):
                # Somebody had it forgotten, and perhaps called again: that must not lose the result.
                await self._set_aside(record)
        except Unavailable:
            self.late[record.place] = entry, record
            return False
        self.late.pop(record.place, None)
        return True

    async def release(self, entry: Entry) -> None:
        """Take a job back that carried nothing out."""
        with suppress(Unavailable):
            await self.space.swap(entry.key, entry.stored, None)

    async def forget(self, entry: Entry) -> None:
        """Let the call of a job be made again; the record stays, away from its place."""
        if entry.key.startswith("call:"):
            await self._set_aside(entry.record)
            await self.space.swap(entry.key, entry.stored, None)

    async def find(self, owner: str, job: str) -> Entry | None:
        """A principal's job by its name."""
        if not JOB.fullmatch(job):
            return None
        for key, stored in await self.space.scan(f"call:{owner}:{job[:8]}"):
            entry = self._entry(key, stored)
            if entry.record.job == job:
                return entry
        return await self._read(f"past:{owner}:{job}")

    async def entries(self, owner: str = "") -> list[Entry]:
        """A principal's jobs, or everybody's, the newest first."""
        found: dict[str, Entry] = {}
        async for entry in self._all(f"{owner}:" if owner else ""):
            # A job that is being set aside is in both places for a moment.
            found.setdefault(entry.record.job, entry)
        return sorted(found.values(), key=lambda entry: entry.record.started, reverse=True)

    async def is_alive(self, record: Record | Ticket) -> bool:
        """Whether the process that runs a job lives, as far as it has told and as can be seen from here."""
        said = await self.space.get(f"process:{record.process}")
        return said is not None and not has_died(said)

    async def beat(self) -> None:
        """Tell the others that this process lives, and write down what could not be written before."""
        self._beat = anyio.current_time()
        await self.space.set(f"process:{self.process}", this_process(), self.lease)
        for entry, record in list(self.late.values()):
            await self.close(entry, record)

    async def leave(self) -> None:
        """Tell the others that this process has ended, so that nobody waits for it."""
        for entry, record in list(self.late.values()):
            await self.close(entry, record)
        with suppress(Unavailable):
            await self.space.delete(f"process:{self.process}")

    async def add(self, record: Record) -> None:
        """Write down a job that is over, and that no equal call will ask for."""
        await self._set_aside(record)

    async def _show_life(self) -> None:
        if anyio.current_time() - self._beat > self.lease / 3:
            await self.beat()

    async def _set_aside(self, record: Record) -> None:
        await self.space.set(f"past:{record.owner}:{record.job}", record.dump(), self.keep)

    async def _read(self, key: str) -> Entry | None:
        stored = await self.space.get(key)
        return None if stored is None else self._entry(key, stored)

    async def _all(self, owner: str) -> AsyncIterator[Entry]:
        for kind in ("call", "past"):
            async for key, stored in self.space.items(f"{kind}:{owner}"):
                yield self._entry(key, stored)

    def _entry(self, key: str, stored: bytes) -> Entry:
        record = Record.load(stored)
        late = self.late.get(record.place)
        return Entry(key, stored, late[1] if late and late[1].job == record.job else record)


def owner_of(principal: str) -> str:
    """The digest under which a principal's jobs are: no name has a colon in it or is a prefix of another."""
    return canonical_digest(principal).hex()
