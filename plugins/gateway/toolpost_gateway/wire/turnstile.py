"""Lets requests in one after the other, so that many at once do not hold up the answers that are under way."""

from __future__ import annotations

import anyio.lowlevel

# Requests that begin before the event loop looks at all others again; each takes about two milliseconds until the
# model is asked.
AT_ONCE = 4


class Turnstile:
    """Has whoever comes wait for its turn, first come first served; alone, one waits for nobody."""

    def __init__(self) -> None:
        self._places = anyio.Semaphore(AT_ONCE)

    async def passed(self) -> None:
        """Wait for a turn."""
        async with self._places:
            # The place is free for the next one when everybody who could go on has done so once.
            await anyio.lowlevel.checkpoint()
