"""Calls that wait for their caller to come back with an answer, while the server waits, too."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from toolpost_upstream.wires.wire import Exchange, JSONObject

# Seconds for which a call is kept, and how many of one server.
KEPT, MOST = 600.0, 100


@dataclass(frozen=True)
class Parked:
    """A call that a server has in hand, and the question that it asked last; `owner` is whose it is."""

    exchange: Exchange
    question: JSONObject
    asked: int
    owner: str
    until: float


class Parking:
    """Keeps the calls of one connection."""

    def __init__(self, clock: Callable[[], float] = anyio.current_time) -> None:
        self._clock = clock
        self._parked: dict[str, Parked] = {}

    def name(self) -> str:
        """A name by which a caller will find a call again, if it is parked."""
        return secrets.token_urlsafe(16)

    def park(self, name: str, exchange: Exchange, question: JSONObject, asked: int, owner: str) -> None:
        """Keep a call."""
        self.sweep(MOST - 1)
        exchange.rest(True)
        self._parked[name] = Parked(exchange, question, asked, owner, self._clock() + KEPT)

    def take(self, name: str, owner: str) -> Parked | None:
        """The call of that name, if it is still there and this caller's."""
        found = self._parked.get(name)
        if found is None or found.owner != owner:
            return None
        found.exchange.rest(False)
        return self._parked.pop(name)

    def sweep(self, most: int = MOST) -> None:
        """Give up those whose caller has not come back, and the oldest of too many."""
        for name, parked in list(self._parked.items()):
            if parked.until < self._clock() or len(self._parked) > most:
                del self._parked[name]
                parked.exchange.end("the caller did not come back")
