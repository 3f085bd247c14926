"""A waiting line: first come, first served, and whoever leaves lets the next one look."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import anyio


class Turn:
    """A place in a line."""

    def __init__(self) -> None:
        self.called = anyio.Event()


class Line:
    """Callers who wait; only the first of them looks whether it may go."""

    def __init__(self) -> None:
        self._turns: deque[Turn] = deque()

    def __len__(self) -> int:
        return len(self._turns)

    async def stand(self, look: Callable[[], Awaitable[float]], patience: float) -> bool:
        """Wait for so many seconds; whether it may go.

        `look` lets the caller in, or says in how many seconds to look again.
        A place is given back however this ends, cancellation included.
        """
        turn = Turn()
        self._turns.append(turn)
        try:
            with anyio.move_on_after(patience):
                await self._until_let_in(turn, look)
                return True
            return False
        finally:
            self._turns.remove(turn)
            self.call()

    def call(self) -> None:
        """Let the first one look again, since something has changed."""
        if self._turns:
            self._turns[0].called.set()

    async def _until_let_in(self, turn: Turn, look: Callable[[], Awaitable[float]]) -> None:
        while True:
            wait: float = float("inf")
            if self._turns[0] is turn:
                # Before it looks: what changes while it does must not be missed.
                turn.called = anyio.Event()
                if not (wait := await look()):
                    return
            with anyio.move_on_after(wait):
                await turn.called.wait()
