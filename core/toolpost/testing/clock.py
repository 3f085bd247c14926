"""A clock that stands still until it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds that pass when `advance` says so; give it to what takes a `clock`.

    ```python
    clock = Clock()
    cache = Cache(ttl=60, clock=clock)
    clock.advance(61)
    ```
    """

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not go backwards; advance by 0 seconds or more")
        self.now += seconds
