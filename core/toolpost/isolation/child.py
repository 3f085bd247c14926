"""One process of a plugin and what is asked of it, as the host sees it."""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from itertools import count
from time import monotonic
from typing import Any

import anyio

from toolpost.errors import PluginError, Unavailable
from toolpost.isolation.framing import Unread
from toolpost.isolation.opening import Opening
from toolpost.isolation.pending import Pending
from toolpost.isolation.process import Process
from toolpost.isolation.terms import Terms
from toolpost.isolation.wire import CALL, WORN, JSONObject

# Seconds in which a call that was given up must end; one that does not, blocks the process or is deaf.
GRACE = 2.0
# What reading a message comes to that is JSON, and no message.
NONSENSE = (ValueError, TypeError, KeyError, AttributeError)
# Seconds within which one that is not blocked answers a ping.
DEAF, PING = 0.25, "ping"


class Child:
    """Speaks MCP to a process that has just been started."""

    def __init__(self, terms: Terms) -> None:
        self.process = Process(terms.name, terms.environment)
        self.is_worn = False
        # Told of every step between starting and ending.
        self.heard: Callable[[], None] = lambda: None
        self.updated: Callable[[str], None] = lambda uri: None
        self._minding: anyio.Event | None = None
        self._idle: anyio.Event | None = None
        self._numbers = count(1)
        self._pending: dict[int, Pending] = {}
        self._given_up: dict[int, float] = {}
        self._pinged: float | None = None
        self._opening = Opening(terms, self.send)

    @property
    def offer(self) -> Mapping[str, list[JSONObject]] | None:
        """What it listed last; None before it stands."""
        return self._opening.offer

    @property
    def failure(self) -> Exception | None:
        """Why it does not stand, if it has said so."""
        return self._opening.failure

    def stands_within(self, seconds: float) -> bool:
        """Wait, with all else, until it stands or has failed; whether it stands.

        Raises:
            ConfigError: a setting is wrong, or a plugin of this kind cannot run apart.
            PluginError: it fails.
        """
        until, wait = self.process.began + seconds, select.poll()
        wait.register(self.process.framing.read_from, select.POLLIN)
        while self.offer is None and self.failure is None and (left := until - monotonic()) > 0:
            if wait.poll(left * 1000) and not self._fill():
                raise self.failure or PluginError(f"its process {self.process.last_words()} while it started")
        if self.failure is not None:
            raise self.failure
        return self.offer is not None

    def begin(self, method: str, params: JSONObject) -> tuple[int, Pending]:
        """Send a request.

        Raises:
            Unavailable: it cannot be sent.
        """
        number, pending = next(self._numbers), Pending()
        try:
            self.process.framing.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        except (OSError, Unread):
            raise Unavailable(f"plugin {self.process.name!r} cannot be reached now", retry_after=1.0) from None
        self._pending[number] = pending
        return number, pending

    async def ask(self, method: str, params: JSONObject) -> JSONObject:
        """What it answers to a request that is no call.

        Raises:
            Unavailable: it gives no answer.
        """
        number, pending = self.begin(method, params)
        try:
            message = await pending.next()
        except BaseException:
            self.give_up(number)
            raise
        if not isinstance(result := message.get("result"), dict):
            raise Unavailable(f"plugin {self.process.name!r} does not answer")
        return result

    def send(self, message: JSONObject) -> None:
        """Send an answer or a notification, if there is anybody to hear it."""
        try:
            self.process.framing.send({"jsonrpc": "2.0", **message})
        except (OSError, Unread):
            return

    def give_up(self, number: int) -> None:
        """Nobody waits for a request any longer."""
        if self._pending.pop(number, None) is not None:
            self._settled()
            self.send({"method": "notifications/cancelled", "params": {"requestId": number}})
            self._given_up[number] = monotonic() + GRACE
            self._ping()
            if self._minding is not None:
                self._minding.set()

    async def run(self) -> None:
        """Hear it until it has ended; then every request under way is told so."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.process.framing.flush)
            tasks.start_soon(self._hear)
            tasks.start_soon(self._mind)
            await self.process.ended()
            tasks.cancel_scope.cancel()
        # What it said last lies in the pipe.
        while select.select([self.process.framing.read_from], [], [], 0)[0] and self._fill():
            pass

    def over(self) -> None:
        """Nothing that is under way will be answered."""
        for pending in self._pending.values():
            pending.add({"ended": self.process.reason})
        self._pending.clear()
        self.process.hang_up()

    @property
    def is_deaf(self) -> bool:
        """Whether it has been silent since a call was given up: then it reads nothing, and knows of no later call."""
        return self._pinged is not None and monotonic() - self._pinged > DEAF

    async def heard_of_late(self) -> None:
        """If a call was given up just now, wait until it is known whether that blocks it."""
        if self._pinged is not None and not self.is_deaf:
            with anyio.move_on_after(DEAF):
                await self._ponged.wait()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._pending:
            self._idle = anyio.Event()
            await self._idle.wait()

    async def _hear(self) -> None:
        try:
            async for message in self.process.framing.messages():
                self._take(message)
        except NONSENSE:
            self.process.stop("it wrote to the pipe of the protocol")

    async def _mind(self) -> None:
        """End it when a call that was given up goes on all the same."""
        while True:
            self._minding = anyio.Event()
            due = min(self._given_up.values(), default=None)
            with anyio.move_on_after(None if due is None else max(0.0, due - monotonic())):
                await self._minding.wait()
            if any(when <= monotonic() for when in self._given_up.values()):
                self.process.stop("a call in it did not end")

    def _settled(self) -> None:
        if self._idle is not None and not self._pending:
            self._idle.set()

    def _ping(self) -> None:
        if self._pinged is None:
            self._pinged, self._ponged = monotonic(), anyio.Event()
            self.send({"id": PING, "method": "ping"})

    def _fill(self) -> bool:
        try:
            found = self.process.framing.fill()
            for message in self.process.framing.received():
                self._take(message)
        except NONSENSE:
            return False
        return found

    def _take(self, message: JSONObject) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None:
            self._answered(number, message)
        elif method == WORN:
            self.is_worn = True
            self.heard()
        elif method.endswith("list_changed"):
            self._opening.again()
        elif method == "notifications/resources/updated":
            self.updated(str(message["params"]["uri"]))
        elif pending := self._pending.get(_about(message)):
            pending.add(message)
        elif number is not None:
            # The call that it belongs to is over.
            self.send({"id": number, "error": {"code": -32603, "message": "nobody is there any more"}})

    def _answered(self, number: Any, message: JSONObject) -> None:
        if number == PING:
            self._pinged = None
            self._ponged.set()
        elif self._opening.take(number, message):
            self.heard()
        elif pending := self._pending.pop(number, None):
            pending.add(message)
            self._settled()
        else:
            self._given_up.pop(number, None)


def _about(message: JSONObject) -> Any:
    """The number of the call that a message belongs to."""
    params = message.get("params") or {}
    return params.get("progressToken") or params.get("_meta", {}).get(CALL)
