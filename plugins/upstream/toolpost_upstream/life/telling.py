"""Tells the host what has changed: at once where it is quiet, and together where much changes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Literal

import anyio

log = logging.getLogger("toolpost.upstream")

Kind = Literal["tools", "resources", "prompts"]
# Seconds in which changes are told together: the host gathers all its tools anew for each.
TOGETHER = 0.2


class Telling:
    """Holds what is to be told until `run` runs."""

    def __init__(self, tell: Callable[[Kind], Awaitable[None]]) -> None:
        self._tell = tell
        self._changed: set[Kind] = set()
        self._stirred = anyio.Event()

    def changed(self, *kinds: Kind) -> None:
        """Something else is offered now."""
        if kinds:
            self._changed.update(kinds)
            self._stirred.set()

    async def now(self) -> None:
        """Tell what there is to tell."""
        changed, self._changed = self._changed, set()
        self._stirred = anyio.Event()
        for kind in sorted(changed):
            try:
                await self._tell(kind)
            except Exception:
                # Whatever the host dislikes in what one server offers must not end the others.
                log.exception("upstream: a change of %s was not taken", kind)

    async def run(self) -> None:
        """Tell, for ever."""
        while True:
            await self._stirred.wait()
            await self.now()
            await anyio.sleep(TOGETHER)
