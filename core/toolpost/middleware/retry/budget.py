"""How many retries there may be, so that an outage is not made worse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Retries a second that come by themselves, for those who call too seldom to earn any.
TRICKLE = 0.1


@dataclass
class Budget:
    """Retries in proportion to calls.

    Each call adds `ratio` of a retry, up to `burst` (Google SRE book, chapter
    "Handling Overload"; Finagle's RetryBudget).
    """

    ratio: float
    burst: float
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self._left = self.burst
        self._seen = self.clock()

    def deposit(self) -> None:
        """A call was made."""
        self._left = min(self.burst, self._left + self.ratio)

    def withdraw(self) -> bool:
        """Take one retry out, if there is one."""
        before, self._seen = self._seen, self.clock()
        self._left = min(self.burst, self._left + (self._seen - before) * TRICKLE)
        if self._left < 1:
            return False
        self._left -= 1
        return True
