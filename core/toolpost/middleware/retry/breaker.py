"""The breaker: a provider that fails time after time is left alone, and asked now and then whether it is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """What a breaker lets through: everything, one probe, or nothing."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Health(IntEnum):
    """What a try has shown of its provider."""

    UNKNOWN = 0
    UP = 1
    DOWN = 2


@dataclass
class Breaker:
    """Opens after so many `failures` in a row, and lets one probe through every `rest` seconds from then on.

    What the probe finds decides: it closes, or rests once more. A probe that
    finds nothing out, as when its caller goes, makes room for the next at
    once; one that says nothing at all is followed by another after `rest`.
    """

    failures: int
    rest: float
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self.row = 0
        self._until: float | None = None
        self._probes = 0

    @property
    def left(self) -> float:
        """Seconds for which nothing is let through."""
        return 0.0 if self._until is None else max(0.0, self._until - self.clock())

    @property
    def is_closed(self) -> bool:
        """Whether everything is let through."""
        return self._until is None

    @property
    def state(self) -> State:
        """What it lets through now."""
        if self._until is None:
            return State.CLOSED
        return State.OPEN if self.left and not self._probes else State.HALF_OPEN

    def enter(self) -> bool:
        """A try begins, `left` being nothing; whether it is the probe."""
        if self._until is None:
            return False
        self._until = self.clock() + self.rest
        self._probes += 1
        return True

    def leave(self, found: Health, *, probe: bool) -> None:
        """A try has ended. While nothing else is let through, only the probe counts: the others are from before."""
        self._probes -= probe
        if self._until is not None and not probe:
            return
        if found is Health.UP:
            self.row, self._until = 0, None
        elif found is Health.DOWN:
            self.row += 1
            if probe or self.row >= self.failures:
                self._until = self.clock() + self.rest
        elif probe:
            self._until = self.clock()
