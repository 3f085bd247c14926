"""Which plugins stand now, which come next, and when those of before are let go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial

import anyio

from toolpost.errors import PluginError
from toolpost.lifespans import Lifespans
from toolpost.standing import Standing

# Seconds after which what a plugin held open is closed, although a call that began with it goes on.
RETIRING = 600.0


class Succession:
    """One `Standing` after another, and the lifespans that each of them stands on.

    `tell` is called whenever what there is may have changed.
    """

    def __init__(self, first: Standing, tell: Callable[[], None]) -> None:
        self.now = first
        self._tell = tell
        self._coming: Standing | None = None
        self._past: list[Standing] = []
        self._lifespans = Lifespans()

    async def begin(self, closed: Collection[str]) -> None:
        """Open what the first holds open, but not of those named; raises `PluginError` if a required one fails."""
        try:
            await self._open(self.now, closed)
        except PluginError:
            await self._lifespans.aclose()
            raise

    async def aclose(self) -> None:
        """Close all that is open."""
        await self._lifespans.aclose()

    async def change(self, new: Standing, kept: Collection[str]) -> None:
        """Let another stand from now on; `kept` names the plugins that both share, whose lifespans stay open.

        Raises:
            PluginError: a plugin that is required does not start; the present one goes on as it was.
        """
        past = self.now
        self._coming = new
        try:
            await self._open(new, kept)
        finally:
            self._coming = None
        new.held |= {name: held for name, held in past.held.items() if name in kept}
        self._past.append(past)
        self.now = new
        self._tell()
        self._lifespans.later(partial(self._retire, past))

    def to_ask(self) -> Iterator[Standing]:
        """Whoever may have a plugin that found more: what is about to take over, too, may have as it was opened."""
        yield self.now
        if self._coming is not None:
            yield self._coming

    async def _retire(self, past: Standing) -> None:
        """Close what only the past stands on, once its last call has ended."""
        with anyio.move_on_after(RETIRING):
            await past.calls.idle()
        self._past.remove(past)
        needed = [held for standing in (self.now, *self._past) for held in standing.held.values()]
        await self._lifespans.close([held for held in past.held.values() if held not in needed])

    async def _open(self, standing: Standing, kept: Collection[str]) -> None:
        opened = await self._lifespans.open(standing.registry.lifespans(kept), self._failing(standing))
        standing.held = {held.name: held for held in opened}
        try:
            standing.require()
        except PluginError:
            await self._lifespans.close(opened)
            raise

    def _failing(self, opened_by: Standing) -> Callable[[str, BaseException], None]:
        """What to do when a lifespan fails, which those who came later may stand on as well."""

        def failed(name: str, error: BaseException) -> None:
            held, now = opened_by.held.get(name), self.now
            opened_by.leave_out(name, error)
            if now is not opened_by and held is not None and now.held.get(name) is held:
                now.leave_out(name, error)
            self._tell()

        return failed
