"""Removing the bytes of results that no record needs any more."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread

log = logging.getLogger("toolpost.ledger")

# Seconds after the start, which a short command does not live to see, and from then on.
FIRST, EVERY = 20.0, 21_600.0
# A file is as old as its last record, or a little younger: it is written first.
MARGIN = 3_600.0


async def clear_now_and_then(folder: Path, keep: float) -> None:
    """Remove files that are older than any record, `keep` being the seconds that these live."""
    await anyio.sleep(FIRST)
    while True:
        if removed := await anyio.to_thread.run_sync(clear, folder, time.time() - keep - MARGIN):
            log.info("%d files of old results were removed", removed)
        await anyio.sleep(EVERY)


def clear(folder: Path, before: float) -> int:
    """Remove the files last needed before a moment, in seconds since 1970; how many there were."""
    removed = 0
    for path in folder.glob("*/*"):
        with suppress(OSError):  # another process may have removed it just now
            if path.lstat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
