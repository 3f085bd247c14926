"""Clocks that nobody sets: what has passed, and the time of day as it has gone on since the start."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

# Where the system can tell, the seconds in which it slept count too: an answer grows old overnight.
elapsed: Callable[[], float] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)


class TimeOfDay:
    """Seconds since 1970, as it was believed at the start; what the clock is set to later does not move it."""

    def __init__(self, wall: Callable[[], float] = time.time, since: Callable[[], float] = elapsed) -> None:
        self._since = since
        self._offset = wall() - since()

    def __call__(self) -> float:
        return self._offset + self._since()
