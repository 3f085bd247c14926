"""Requests and responses on one stream in each direction, where only numbers say what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import anyio
from pydantic_core import from_json, to_json

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.flood import Meter
from toolpost_upstream.wires.underway import CANCELLED, MOST, Heard, UnderWay
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError


class StreamExchange:
    """One request on a stream that all share."""

    def __init__(self, wire: Streamed, number: int, method: str, caller: str | None) -> None:
        self._wire, self.number, self.method, self.caller, self.size = wire, number, method, caller, 0
        self.messages = Heard()
        self._woken: anyio.Event | None = None

    def add(self, message: JSONObject, size: int = 0) -> bool:
        """As `Listener.add`."""
        has_room = self.messages.add(message, size)
        if has_room:
            self.wake()
        return has_room

    def wake(self) -> None:
        """Whoever waits is to look again."""
        if self._woken is not None:
            self._woken.set()

    async def woken(self) -> None:
        """Wait for that."""
        self._woken = anyio.Event()
        try:
            await self._woken.wait()
        finally:
            self._woken = None

    async def next(self) -> JSONObject:
        """As `Exchange.next`."""
        while not self.messages:
            await self._wire.more(self)
        message = self.messages.take()
        if "ended" in message:
            raise Lost(message["ended"])
        return message

    def rest(self, rests: bool) -> None:
        """As `Exchange.rest`."""
        self.messages.rests = rests

    async def reply(self, answer: JSONObject) -> None:
        """As `Exchange.reply`."""
        await self._wire.tell(answer)

    def end(self, reason: str = "") -> None:
        """As `Exchange.end`."""
        if self._wire.pending.pop(self.number, None) is not None and reason:
            self._wire.tell_soon(
                {"jsonrpc": "2.0", "method": CANCELLED, "params": {"requestId": self.number, "reason": reason}}
            )


class Streamed:
    """What pipes and the old SSE have in common; how bytes are sent is theirs."""

    takes_headers = False

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.heard: Callable[[JSONObject], None] = lambda message: None
        self.version = ""
        self.stateless = False
        self.pending = UnderWay[StreamExchange]()
        self.meter = Meter(bounds.messages)
        self._numbers = count(1)
        self._over = ""

    async def send(self, data: bytes) -> None:
        """Send a message; raises `Unsent` if nothing of it went out."""
        raise NotImplementedError

    def tell_soon(self, message: JSONObject) -> None:
        """As `tell`, without waiting."""
        raise NotImplementedError

    async def more(self, exchange: StreamExchange) -> None:
        """Wait until something may have come for a request."""
        await exchange.woken()

    def listen(self) -> None:
        """Everything comes on the one stream."""

    async def begin(self, message: JSONObject, headers: Mapping[str, str], caller: str | None) -> StreamExchange:
        """As `Wire.begin`."""
        if self._over:
            raise Unsent(self._over)
        if len(self.pending) >= MOST:
            raise Unsent(f"has {MOST} calls under way", retry_after=1)
        number = next(self._numbers)
        message["id"] = number
        if caller is not None and "progressToken" in message["params"].get("_meta", ()):
            message["params"]["_meta"]["progressToken"] = number
        data = to_json(message)
        exchange = self.pending[number] = StreamExchange(self, number, message["method"], caller)
        try:
            await self.send(data)
        except BaseException as failure:
            exchange.end("" if isinstance(failure, Unsent) else "the caller has gone")
            raise
        return exchange

    async def tell(self, message: JSONObject) -> None:
        """As `Wire.tell`."""
        try:
            await self.send(to_json(message))
        except WireError:
            pass

    def close(self, reason: str) -> None:
        """Nothing more will come: whoever waits hears why."""
        self._over = self._over or reason
        for exchange in self.pending.values():
            exchange.add({"ended": reason})
        self.pending.clear()

    async def take(self, line: bytes) -> None:
        """A message, or what should be one; waits where too much comes unasked."""
        try:
            message = from_json(line)
        except ValueError:
            message = None
        asked = isinstance(message, dict) and self._route(message, len(line))
        if not asked:
            self.meter.noise += not isinstance(message, dict)
            if wait := self.meter.add(len(line)):
                await anyio.sleep(wait)

    def _route(self, message: JSONObject, size: int) -> bool:
        """Bring a message to who waits for it; whether anybody did."""
        method, number = message.get("method"), message.get("id")
        if method is None:
            return self._respond(message, number, size)
        if isinstance(method, str) and (answer := self.pending.pass_on(message, size, self.heard)):
            self.tell_soon(answer)
        return False

    def _respond(self, message: JSONObject, number: Any, size: int) -> bool:
        if type(number) is not int or not ("result" in message or "error" in message):
            return False
        exchange = self.pending.pop(number, None)
        if exchange is None:
            return False
        exchange.size = size
        exchange.add(message)
        return True
