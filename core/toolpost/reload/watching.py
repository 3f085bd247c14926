"""What makes a server reload: a signal, or a file that changed."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from toolpost.config.locate import Stamp, locate
from toolpost.errors import ConfigError
from toolpost.folders import Folders
from toolpost.reload.reloading import Reloading
from toolpost.reload.running import Register, registered
from toolpost.waking import waking

# Seconds between two looks at a file that is watched.
LOOKING = 1.0
SIGNAL = getattr(signal, "SIGHUP", None)


@contextmanager
def hangups() -> Iterator[int | None]:
    """A descriptor that becomes readable at SIGHUP; None where there is no such signal."""
    if SIGNAL is None:
        yield None
        return
    with waking() as (readable, wake):
        before = signal.signal(SIGNAL, lambda number, frame: wake())
        try:
            yield readable
        finally:
            signal.signal(SIGNAL, before)


@asynccontextmanager
async def heeding(reloading: Reloading | None, hangups: int | None, surface: str) -> AsyncIterator[None]:
    """While this is open, the host takes up its configuration when it is told to, or sees that it changed."""
    if reloading is None:
        yield
        return
    with registered(Folders.of_user(), surface, reloading.config.path) as register:
        async with anyio.create_task_group() as tasks:
            if hangups is not None:
                tasks.start_soon(reload_at_hangups, hangups, reloading, register)
            if reloading.config.server.watch:
                tasks.start_soon(reload_at_changes, reloading, register)
            yield
            tasks.cancel_scope.cancel()


async def reload_at_hangups(readable: int, reloading: Reloading, register: Register | None) -> None:
    """Reload at each signal, for ever; what came meanwhile is one."""
    while True:
        await anyio.wait_readable(readable)
        os.read(readable, 4096)
        await _reload(reloading, register)


async def reload_at_changes(reloading: Reloading, register: Register | None, seconds: float = LOOKING) -> None:
    """Reload when the file has changed and stays so for one look, for ever: editors write in steps."""
    # What was read may be older than this task.
    known = seen = reloading.config.stamp
    while True:
        await anyio.sleep(seconds)
        now = await anyio.to_thread.run_sync(_stamp, reloading.config.given)
        if now == seen and now != known and now is not None:
            known = now
            await _reload(reloading, register)
        seen = now


async def _reload(reloading: Reloading, register: Register | None) -> None:
    outcome = await reloading.reload()
    if register is not None:
        await anyio.to_thread.run_sync(register.ended, outcome.taken, outcome.text, reloading.config.path)


def _stamp(given: Path | None) -> Stamp | None:
    """The file that counts now, and how it is."""
    try:
        return Stamp.of(locate(given, os.environ))
    except ConfigError:
        return None
