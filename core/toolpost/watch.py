"""One timer for all calls that must end in time."""

from __future__ import annotations

import math
from collections.abc import Callable

import anyio


class Watch:
    """Cancels scopes when their time has come.

    A timer of the event loop for each call costs more than all other layers
    together, since nearly all are cancelled long before their time and stay
    in the loop's heap until then (`bench/README.md`).
    """

    def __init__(self) -> None:
        self._running: dict[anyio.CancelScope, float] = {}
        self._later: dict[anyio.CancelScope, Callable[[], float]] = {}
        self._next = math.inf
        self._earlier = anyio.Event()

    def add(self, scope: anyio.CancelScope, deadline: float, later: Callable[[], float] | None = None) -> None:
        """Cancel this scope when the event loop's clock is there; once more, it changes the deadline.

        `later` is asked at that time for another, which may lie ahead.
        """
        self._running[scope] = deadline
        if later is not None:
            self._later[scope] = later
        if deadline < self._next:
            self._next = deadline
            self._earlier.set()

    def remove(self, scope: anyio.CancelScope) -> None:
        """What it bounded has ended by itself."""
        self._running.pop(scope, None)
        self._later.pop(scope, None)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            with anyio.CancelScope(deadline=self._next):
                await self._earlier.wait()
            self._earlier = anyio.Event()
            now = anyio.current_time()
            for scope in [scope for scope, deadline in self._running.items() if deadline <= now]:
                later = self._later.get(scope)
                if later is not None and (until := later()) > now:
                    self._running[scope] = until
                    continue
                self.remove(scope)
                scope.cancel()
            self._next = min(self._running.values(), default=math.inf)
