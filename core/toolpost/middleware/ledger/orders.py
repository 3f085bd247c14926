"""What clients want of calls that another process runs: left in the store, where that process looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex

import anyio
from pydantic_core import from_json, to_json

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.record import JSONObject
from toolpost.store import Space

# Between two looks, while anything is under way that can be told something, in seconds.
LOOK = 0.5
# An order that nobody took in this time is forgotten.
GOOD_FOR = 3_600.0


@dataclass(frozen=True)
class Order:
    """What a client wants: that the call ends, or that it takes answers, which stand by the keys of its questions."""

    cancel: bool = False
    answers: JSONObject = field(default_factory=dict)


@dataclass
class Orders:
    """Orders for the calls of this process, and for those of others."""

    space: Space
    process: str
    _wanted: anyio.Event = field(default_factory=anyio.Event)

    def watch(self) -> None:
        """There is something under way, so look."""
        self._wanted.set()

    async def give(self, process: str, job: str, order: Order) -> None:
        """Leave an order for another process; raises `Unavailable` as the store does."""
        stored = to_json({"job": job, "cancel": order.cancel, "answers": order.answers})
        await self.space.set(f"order:{process}:{token_hex(8)}", stored, GOOD_FOR)

    async def run(self, busy: Callable[[], bool], obey: Callable[[str, Order], Awaitable[None]]) -> None:
        """Pass on what is left for this process, for ever; while it is not `busy` nobody looks."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            while busy():
                await anyio.sleep(LOOK)
                with suppress(Unavailable):
                    await self._take(obey)

    async def _take(self, obey: Callable[[str, Order], Awaitable[None]]) -> None:
        async for key, stored in self.space.items(f"order:{self.process}:"):
            await self.space.delete(key)
            order = from_json(stored)
            await obey(order["job"], Order(order["cancel"], order["answers"]))
