"""Cleaning up in the background: some time after the start, and after every so many pictures."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from toolpost import Unavailable
from toolpost_gallery.collection import Collection
from toolpost_gallery.retention import Retention, clean

log = logging.getLogger("toolpost.gallery")


@dataclass
class Housekeeping:
    """Cleans up `settled` seconds after the start, which a short command does not live to see, and then on.

    That is after `every` so many pictures, and `again` so many seconds.
    """

    collection: Collection
    retention: Retention
    every: int = 25
    settled: float = 10.0
    again: float = 3_600.0
    _kept: int = field(default=0, init=False)
    _due: anyio.Event = field(default_factory=anyio.Event, init=False)

    def count(self, kept: int) -> None:
        """So many more pictures are kept."""
        self._kept += kept
        if self._kept >= self.every:
            self._due.set()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """While this is open, it is cleaned up."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._now_and_then)
            yield
            tasks.cancel_scope.cancel()

    async def _now_and_then(self) -> None:
        with anyio.move_on_after(self.settled):
            await self._due.wait()
        while True:
            self._kept, self._due = 0, anyio.Event()
            try:
                await clean(self.collection, self.retention)
            except Unavailable as error:
                log.error("old pictures could not be removed: %s", error)
            # Pictures grow old also where no others are made.
            with anyio.move_on_after(self.again):
                await self._due.wait()
