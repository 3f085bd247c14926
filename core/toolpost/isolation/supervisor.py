"""Keeps one process of a plugin running: another takes its place when it has ended or is worn out."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from time import monotonic

import anyio

from toolpost.errors import Unavailable
from toolpost.isolation.child import Child
from toolpost.isolation.guarding import CLOSING
from toolpost.isolation.terms import Terms
from toolpost.isolation.wire import JSONObject

log = logging.getLogger("toolpost.isolation")

# Seconds until the next start: twice as much each time, up to the longest, and from the first on again for a
# process that has stood for so long.
FIRST, LONGEST, STEADY = 0.1, 60.0, 30.0
# Seconds in which a process must stand, and what one that starts takes mostly.
STARTING, USUAL = 60.0, 1.0
# Seconds in which the calls of a process that is worn out may end.
DRAINING = 30.0
Offer = Mapping[str, list[JSONObject]]


class Supervisor:
    """Starts the process of a plugin, at once and whenever it must; `offer` is what it listed last.

    `changed` is told when it offers something else than before, and of a
    resource that reads differently.
    """

    def __init__(self, terms: Terms, changed: Callable[[str], None]) -> None:
        self.terms = terms
        self.offer: Offer = {}
        self.starts = 1
        self._changed = changed
        self._child = Child(terms)
        self._row = 0
        self._down = ""
        self._until = 0.0

    def stands_within(self, seconds: float) -> bool:
        """Wait, before there is a loop, until it stands; raises as `Child.stands_within`."""
        if not self._child.stands_within(seconds):
            return False
        self.offer = self._child.offer or {}
        return True

    def child(self) -> Child:
        """The process that calls go to.

        Raises:
            Unavailable: there is none at the moment.
        """
        if self.condition:
            left = max(0.0, self._until - monotonic()) + USUAL
            raise Unavailable(f"plugin {self.terms.name!r} is not there: {self.condition}", retry_after=math.ceil(left))
        return self._child

    @property
    def condition(self) -> str:
        """Why no call can be made at the moment; empty where calls can."""
        if self._down:
            return f"its process {self._down}, and it starts again"
        if self._child.offer is None:
            return "its process is starting"
        if self._child.is_deaf:
            return "something in its process blocks it"
        return ""

    def close(self) -> None:
        """End it without a loop."""
        self._child.process.stop("it is not needed")
        self._child.over()

    async def run(self) -> None:
        """Keep it running, until this is cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                over = anyio.Event()
                tasks.start_soon(self._live, self._child, over)
                await over.wait()
                await self._rest(self._child)
                self._child = Child(self.terms)
                self.starts += 1
                self._down = ""

    async def _rest(self, child: Child) -> None:
        """Wait until it may start again."""
        self._row = 1 if monotonic() - child.process.began > STEADY else self._row + 1
        wait = 0.0 if child.is_worn else min(LONGEST, FIRST * 2 ** min(self._row - 1, 30))
        self._down = "is worn out" if child.is_worn else child.process.reason
        self._until = monotonic() + wait
        log.warning("plugin %r: its process %s; it starts again in %.1f s", self.terms.name, self._down, wait)
        await anyio.sleep(wait)

    async def _live(self, child: Child, over: anyio.Event) -> None:
        """One process, until it has ended; `over` is set when calls must go to another."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._mind, child, over)
                await child.run()
                tasks.cancel_scope.cancel()
        finally:
            child.over()
            over.set()
            with anyio.CancelScope(shield=True):
                await _end(child)

    async def _mind(self, child: Child, over: anyio.Event) -> None:
        """What comes between starting and ending."""
        while True:
            step = anyio.Event()
            child.heard, child.updated = step.set, self._changed
            if child.failure is not None:
                child.process.stop(f"it does not start: {child.failure}")
            elif child.offer is not None:
                self._take(child.offer)
            if child.is_worn:
                over.set()
                await self._drain(child)
            with anyio.move_on_after(None if child.offer is not None else STARTING) as patience:
                await step.wait()
            if patience.cancelled_caught:
                child.process.stop(f"it did not start within {STARTING:g} s")

    def _take(self, offer: Offer) -> None:
        if offer != self.offer:
            self.offer = offer
            self._changed("")

    async def _drain(self, child: Child) -> None:
        with anyio.move_on_after(DRAINING):
            await child.idle()
        child.process.stop("it was worn out")


async def _end(child: Child) -> None:
    """See one end that was told to, in time."""
    with anyio.move_on_after(CLOSING + 0.5):
        await child.process.ended()
    if not child.process.is_over:
        child.process.stop("it did not end")
        with anyio.move_on_after(CLOSING):
            await child.process.ended()
    await child.process.heard_out()
