"""A lock between processes: whoever holds it may write the model, and its death releases it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from toolpost_local.endpoint import Report

POLL = 0.2  # seconds between two tries; a blocking wait in a thread could not be cancelled


@asynccontextmanager
async def locked(path: Path, report: Report) -> AsyncIterator[None]:
    """Hold the lock file; it stays where it is, since removing it would let two hold it."""
    with path.open("ab") as file:
        if not _try_lock(file.fileno()):
            await report(0.0, 100.0, "waiting for another process that is fetching the local model")
            while not _try_lock(file.fileno()):  # noqa: ASYNC110  # no event tells of another process
                await anyio.sleep(POLL)
        yield


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
