"""When a server that is down is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable

import anyio

from toolpost_upstream.bounds import Bounds

# Seconds that a server must have stood, so that its next failure counts as the first.
STEADY = 60.0
# Seconds between two looks at the lists of a server, the first few times that they change, and in the end.
AGAIN, FREELY, CALM = 1.0, 2, 60.0
# Between two looks at those of a server that changes them so often that people should know.
RESTLESS = 8.0


class Backoff:
    """Twice as long each time, up to the longest, and a part of it at random, so that not all are tried at once."""

    def __init__(self, bounds: Bounds, chance: Callable[[], float] = random.random) -> None:
        self._bounds, self._chance, self.row = bounds, chance, 0

    def failed(self, stood: float) -> float:
        """It has failed, after it stood so many seconds; the seconds until the next attempt."""
        self.row = 1 if stood >= STEADY else self.row + 1
        whole = min(self._bounds.retry_longest, self._bounds.retry * 2.0 ** min(self.row - 1, 30))
        return whole * (0.5 + self._chance() / 2)


class Unrest:
    """How long a server waits for its lists to be looked at again that says all the time that they have changed."""

    def __init__(self, clock: Callable[[], float] = anyio.current_time) -> None:
        self._clock, self._row, self._last = clock, 0, float("-inf")

    def pause(self) -> float:
        """Its lists have been looked at; the seconds until that may be done again."""
        now = self._clock()
        self._row = self._row + 1 if now - self._last < 2 * CALM else 1
        self._last = now
        return self._pause

    @property
    def lasts(self) -> bool:
        """Whether that has gone on for so long that people should know."""
        return self._pause >= RESTLESS and self._clock() - self._last < 2 * CALM

    @property
    def _pause(self) -> float:
        return min(CALM, AGAIN * 2.0 ** max(0, min(self._row, 30) - FREELY))
