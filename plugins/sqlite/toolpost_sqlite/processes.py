"""The processes that SQLite works in: warm ones, so that a call need not wait for one, and no more than a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
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
# Seconds that one of those at work is waited for; to start another takes as long, and a whole core meanwhile.
SOON = 0.05


@dataclass(eq=False)
class Waiting:
    """Somebody who waits for a process to come back, and gets the next one."""

    came: anyio.Event = field(default_factory=anyio.Event)
    process: Process | None = None


class Processes:
    """Those of one file."""

    def __init__(self, path: Path, bounds: Bounds, *, read_only: bool) -> None:
        self._start = partial(Process, path, bounds, read_only=read_only)
        self._bounds = bounds
        self._idle: list[Process] = []
        self._at_work = 0
        self._waiting: deque[Waiting] = deque()
        self._room = anyio.Semaphore(MOST)

    async def ask(self, work: str, finish: Callable[[Any], Answer], given: dict[str, Any]) -> Answer:
        """What `finish` makes, in a thread, of what one of `asking`'s functions answers in a process.

        Raises:
            ToolError: as it was raised there, or it took too long.
        """
        await self._place()
        try:
            process = await self._free()
            try:
                return await self._asked(process, partial(process.ask, work, given, finish), finish)
            finally:
                self._give_back(process)
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
                self._at_work += 1
                return known
            known.leave()
        if self._at_work >= KEPT and (back := await self._soon()) is not None:
            return back
        self._at_work += 1
        try:
            return await self._started()
        except BaseException:
            self._at_work -= 1
            raise

    async def _soon(self) -> Process | None:
        """One that comes back in a moment: most statements are short."""
        waiting = Waiting()
        self._waiting.append(waiting)
        try:
            with anyio.move_on_after(SOON):
                await waiting.came.wait()
        except BaseException:
            if waiting.process is not None:
                self._give_back(waiting.process)
            raise
        finally:
            with suppress(ValueError):  # it has got one
                self._waiting.remove(waiting)
        return waiting.process

    async def _started(self) -> Process:
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
        with anyio.move_on_after(self._bounds.seconds + GRACE):
            answer: Answer = await in_thread(self, ask)
            return answer
        last: Answer = await in_thread(self, partial(process.killed, finish))
        return last

    def _give_back(self, process: Process) -> None:
        """Hand it to whoever waits for one; it waits for work itself, or ends, where nobody does."""
        if process.is_fit and self._waiting:
            next_one = self._waiting.popleft()
            next_one.process = process
            next_one.came.set()
            return
        self._at_work -= 1
        if process.is_fit and len(self._idle) < KEPT:
            self._idle.append(process)
        else:
            process.leave()

    def close(self) -> None:
        """End those that wait for work."""
        while self._idle:
            with suppress(RuntimeError):  # no thread starts while the interpreter ends, which ends them too
                self._idle.pop().leave()
