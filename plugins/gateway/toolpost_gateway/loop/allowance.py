"""What a request may still take: turns of the model, calls, time and money."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import anyio

from toolpost import canonical_digest
from toolpost_gateway.loop.terms import Terms

# Of the whole time, what is left for the last answer; and at most, in seconds.
RESERVE, LONGEST_RESERVE = 0.1, 60.0
# How often in a row the same call may be made.
IN_A_ROW = 2


class Allowance:
    """Counts what a request takes; `deadline` is when its tools must have ended."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.rounds = self.calls = 0
        self.dollars = 0.0
        reserve = min(LONGEST_RESERVE, terms.seconds * RESERVE)
        self.deadline = anyio.current_time() + terms.seconds - reserve
        self._before: deque[set[bytes]] = deque(maxlen=IN_A_ROW)

    def over(self) -> str:
        """Which limit is reached, so that the model must answer with what it has; empty where none is."""
        terms = self._terms
        if self.rounds >= max(1, terms.rounds - 1):
            return f"the limit of {terms.rounds} rounds"
        if self.calls >= terms.calls:
            return f"the limit of {terms.calls} calls"
        if terms.dollars and self.dollars >= terms.dollars:
            return f"the limit of {terms.dollars:g} dollars"
        if anyio.current_time() >= self.deadline:
            return f"the limit of {terms.seconds:g} seconds"
        return ""

    def admits_call(self) -> bool:
        """Count another call, if it may be made."""
        if self.calls >= self._terms.calls:
            return False
        self.calls += 1
        return True

    def repeats(self, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether the very same call was made in each of the rounds just before this one."""
        mark = _mark(name, arguments)
        return len(self._before) == IN_A_ROW and all(mark in round for round in self._before)

    def made(self, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """A round has ended in which these calls were wanted."""
        self._before.append({_mark(name, arguments) for name, arguments in calls})


def _mark(name: str, arguments: Mapping[str, Any]) -> bytes:
    return canonical_digest([name, dict(arguments)])
