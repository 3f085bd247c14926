"""Removing pictures: first the entry, then the use of its bytes, then the bytes if nobody else uses them."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from contextlib import suppress

import anyio
import anyio.to_thread

from toolpost_gallery.collection import LOOK, USES, Collection, Record, removal_of, use_of
from toolpost_gallery.entry import made_at

# After so many seconds others go on, if whoever was removing bytes has been killed.
LEASE = 30.0
# What has no entry belongs to somebody who is still writing, unless it is older than this, in seconds.
UNFINISHED = 3600.0
# What artefacts write: originals by their hash, and files with a name of `tempfile` on their way there.
WHOLE, TORN = re.compile(r"[0-9a-f]{64}"), re.compile(r"\.[a-z0-9_]{8}")


async def remove(collection: Collection, record: Record) -> int | None:
    """Remove a picture; the bytes that came free, or None where somebody else has removed it."""
    there = await collection.space.delete(record.key)
    freed = record.size if await _release(collection, record.handle.rpartition(":")[2], record.id) else 0
    return freed if there else None


async def remove_unfinished(collection: Collection, entries: Names[str]) -> None:
    """Remove what the killed have left behind: uses that no entry came of, bytes that nobody uses, half a file.

    `entries` are the keys of those that are known.
    """
    now, used = collection.clock(), set()
    async for use, entry in collection.space.items(USES):
        digest, identifier = use.removeprefix(USES).split(":")
        if entry.decode() not in entries and now - made_at(identifier) > UNFINISHED:
            await _release(collection, digest, identifier)
        used.add(digest)
    for digest in await anyio.to_thread.run_sync(_old_files, collection, now):
        if digest not in used:
            await _delete_unused(collection, digest)


async def _release(collection: Collection, digest: str, identifier: str) -> bool:
    """An entry needs some bytes no more; whether they are gone."""
    await collection.space.delete(use_of(digest, identifier))
    return await _delete_unused(collection, digest)


async def _delete_unused(collection: Collection, digest: str) -> bool:
    """Delete bytes that nobody uses; who begins to meanwhile sees this, and waits."""
    space, removal = collection.space, removal_of(digest)
    while not await space.add(removal, b"", LEASE):  # noqa: ASYNC110 - it may be another process
        await anyio.sleep(LOOK)
    try:
        if await space.scan(use_of(digest, ""), limit=1):
            return False
        return await collection.artefacts.delete(f"artefact:{digest}")
    finally:
        with anyio.CancelScope(shield=True):
            await space.delete(removal)


def _old_files(collection: Collection, now: float) -> list[str]:
    """The names of the originals that are not of this hour; files that were never finished go at once."""
    names: list[str] = []
    for path in collection.artefacts.folder.glob("*/*"):
        with suppress(OSError):  # another process may have removed it just now
            if now - path.lstat().st_mtime <= UNFINISHED:
                continue
            if TORN.fullmatch(path.name):
                path.unlink()
            elif WHOLE.fullmatch(path.name):
                names.append(path.name)
    return names
