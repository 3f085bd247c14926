"""One timer for all calls that must end in time."""

from __future__ import annotations

import math

import anyio


class Watch:
    """Cancels scopes when their time has come.

    A timer of the event loop for each call costs more than all other layers
    together, since nearly all are cancelled long before their time and stay
    in the loop's heap until then (`bench/README.md`).
    """

    def __init__(self) -> None:
        self._running: dict[anyio.CancelScope, float] = {}
        self._next = math.inf
        self._earlier = anyio.Event()

    def add(self, scope: anyio.CancelScope, deadline: float) -> None:
        """Cancel this scope when the event loop's clock is there; once more, it changes the deadline."""
        self._running[scope] = deadline
        if deadline < self._next:
            self._next = deadline
            self._earlier.set()

    def remove(self, scope: anyio.CancelScope) -> None:
        """What it bounded has ended by itself."""
        self._running.pop(scope, None)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            with anyio.CancelScope(deadline=self._next):
                await self._earlier.wait()
            self._earlier = anyio.Event()
            now = anyio.current_time()
            for scope in [scope for scope, deadline in self._running.items() if deadline <= now]:
                del self._running[scope]
                scope.cancel()
            self._next = min(self._running.values(), default=math.inf)
