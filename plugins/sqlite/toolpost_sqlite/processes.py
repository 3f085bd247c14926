"""The processes that SQLite works in: warm ones, so that a call need not wait for one, and no more than a few."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio

from toolpost import Unavailable, in_thread
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.process import Process

Answer = TypeVar("Answer")
# At once, and kept when there is nothing to do.
MOST, KEPT = 8, 2
# Seconds beyond its own time after which a process is killed that nothing inside SQLite has stopped.
GRACE = 0.1


class Processes:
    """Those of one file."""

    def __init__(self, path: Path, bounds: Bounds, *, read_only: bool) -> None:
        self._start = partial(Process, path, bounds, read_only=read_only)
        self._bounds = bounds
        self._idle: list[Process] = []
        self._room = anyio.Semaphore(MOST)

    async def ask(self, work: str, finish: Callable[[Any], Answer], given: dict[str, Any]) -> Answer:
        """What `finish` makes, in a thread, of what one of `asking`'s functions answers in a process.

        Raises:
            ToolError: as it was raised there, or it took too long.
        """
        await self._place()
        try:
            process = await self._free()
            return await self._asked(process, partial(process.ask, work, given, finish), finish)
        finally:
            self._room.release()

    async def _place(self) -> None:
        with anyio.move_on_after(self._bounds.seconds):
            await self._room.acquire()
            return
        raise Unavailable("too many statements are at work; try again later", retry_after=self._bounds.seconds)

    async def _free(self) -> Process:
        while self._idle:
            if (known := self._idle.pop()).is_fit:
                return known
            known.leave()
        # Shielded for some milliseconds: nobody else knows what was started.
        with anyio.CancelScope(shield=True):
            process: Process = await in_thread(self, self._start)
        try:
            await in_thread(self, process.stand)
        except BaseException:
            process.leave()
            raise
        return process

    async def _asked(self, process: Process, ask: Callable[[], Answer], finish: Callable[[Any], Answer]) -> Answer:
        process.take()
        try:
            with anyio.move_on_after(self._bounds.seconds + GRACE):
                answer: Answer = await in_thread(self, ask)
                return answer
            last: Answer = await in_thread(self, partial(process.killed, finish))
            return last
        finally:
            if process.is_fit and len(self._idle) < KEPT:
                self._idle.append(process)
            else:
                process.leave()

    def close(self) -> None:
        """End those that wait for work."""
        while self._idle:
            with suppress(RuntimeError):  # no thread starts while the interpreter ends, which ends them too
                self._idle.pop().leave()
