"""The kept pictures: originals among the artefacts, entries in the store, and how the two stay true to each other."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import anyio
import anyio.to_thread

from toolpost import Artefacts, Space
from toolpost_gallery.entry import ENTRIES, Entry, key_of, prefix_of

USES = "use:"
# How often a removal under way is looked at, in seconds.
LOOK = 0.01
# Entries that are read at a time, and how many times for one page of a list.
PAGE, LOOKED = 100, 20


class Record(NamedTuple):
    """As much of an entry as retention needs."""

    key: str
    id: str
    made: float
    handle: str
    size: int


@dataclass(frozen=True)
class Collection:
    """Keeps and finds pictures; safe for many tasks and processes, whenever one of them is killed.

    Equal pictures share their bytes. Who keeps one first writes down that the
    bytes are in use, then puts them, then writes the entry, which is the
    acknowledgement. `removal` has the other half.
    """

    space: Space
    artefacts: Artefacts
    clock: Callable[[], float] = time.time

    async def keep(self, entry: Entry, content: bytes) -> Entry:
        """Keep a picture: when this returns, it is durable.

        Raises:
            Unavailable: it is not kept; the disk is full, or may not be written.
        """
        digest = (await anyio.to_thread.run_sync(hashlib.sha256, content)).hexdigest()
        if not entry.job:
            return await self._keep(entry, content, digest)
        # All who wait for a job get its result at one moment.
        async with self.space.lock(f"{digest}:{entry.job}"):
            if earlier := await self._of_job(entry, digest):
                await self.artefacts.put(content)
                return earlier
            return await self._keep(entry, content, digest)

    async def _keep(self, entry: Entry, content: bytes, digest: str) -> Entry:
        await self.space.set(use_of(digest, entry.id), entry.key.encode())
        # Whoever looked before us, and saw no use, may be about to delete.
        while await self.space.get(removal_of(digest)) is not None:  # noqa: ASYNC110 - it may be another process
            await anyio.sleep(LOOK)
        kept = replace(entry, handle=await self.artefacts.put(content))
        await self.space.set(kept.key, kept.dump())
        return kept

    async def find(self, principal: str, identifier: str) -> Entry | None:
        """A picture of this principal; another's is as if it were not there."""
        return await self.at(key_of(principal, identifier))

    async def at(self, key: str) -> Entry | None:
        """The picture in a place of the index."""
        value = await self.space.get(key)
        return Entry.load(value) if value is not None else None

    async def content(self, entry: Entry) -> bytes | None:
        """The original; None where it has just been removed, or is not whole."""
        content = await self.artefacts.get(entry.handle)
        return content if content is not None and len(content) == entry.size else None

    async def newest(self, principal: str, limit: int, matches: Callable[[Entry], bool] | None = None) -> list[Entry]:
        """The last pictures of a principal, newest first."""
        found: list[Entry] = []
        after = ""
        while page := await self.space.scan(prefix_of(principal), after):
            entries = [Entry.load(value) for _, value in page]
            found += entries if matches is None else filter(matches, entries)
            if len(found) >= limit:
                break
            after = page[-1][0]
        return found[:limit]

    async def page(
        self, principal: str, limit: int, after: str = "", matches: Callable[[Entry], bool] | None = None
    ) -> tuple[list[Entry], str]:
        """Up to `limit` pictures behind the one with the id `after`, newest first, and the id to go on behind.

        A search looks at a bounded number of pictures, so that a page may be
        short, and there is more all the same.
        """
        found: list[Entry] = []
        prefix = prefix_of(principal)
        for _ in range(LOOKED):
            rows = await self.space.scan(prefix, prefix + after, PAGE)
            for place, (key, value) in enumerate(rows, 1):
                after = key.removeprefix(prefix)
                entry = Entry.load(value)
                if matches is None or matches(entry):
                    found.append(entry)
                if len(found) == limit:
                    return found, "" if place == len(rows) < PAGE else after
            if len(rows) < PAGE:
                return found, ""
        return found, after

    async def all(self) -> AsyncIterator[Entry]:
        """Every picture of everybody, in no order; read it to its end."""
        async for _, value in self.space.items(ENTRIES):
            yield Entry.load(value)

    async def records(self) -> list[Record]:
        """All pictures of everybody, newest first."""
        records = [Record(item.key, item.id, item.made, item.handle, item.size) async for item in self.all()]
        return sorted(records, key=lambda record: (-record.made, record.id))

    async def _of_job(self, entry: Entry, digest: str) -> Entry | None:
        """The same picture of the same job: the ledger gives a result to each who asks again."""
        for _, key in await self.space.scan(use_of(digest, "")):
            if key.startswith(prefix_of(entry.principal).encode()):
                value = await self.space.get(key.decode())
                known = Entry.load(value) if value is not None else None
                if known and (known.job, known.number) == (entry.job, entry.number):
                    return known
        return None


def use_of(digest: str, identifier: str) -> str:
    """The key that says that an entry needs some bytes."""
    return f"{USES}{digest}:{identifier}"


def removal_of(digest: str) -> str:
    """The key that is there while somebody may be deleting some bytes."""
    return f"removal:{digest}"
