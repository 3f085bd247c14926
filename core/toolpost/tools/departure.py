"""How a call leaves the request behind that made it, for a client that comes back for the result."""

from __future__ import annotations

from typing import Protocol


class Departure(Protocol):
    """What a surface does for a call that may go on when its request has been answered."""

    @property
    def has_left(self) -> bool:
        """Whether it has: what it asks now may be answered much later."""
        ...

    @property
    def is_asking(self) -> bool:
        """Whether it waits for the client now."""
        ...

    async def asks_aside(self) -> bool:
        """Whether questions are asked beside the call and several at a time; if need be, it leaves for that."""
        ...

    def begun(self, job: str) -> None:
        """A layer wrote the call down under this name; under none where it is ""."""
        ...
