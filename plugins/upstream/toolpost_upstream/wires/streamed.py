"""Requests and responses on one stream in each direction, where only numbers say what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import anyio
from pydantic_core import from_json, to_json

from toolpost.kit import Pending
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.flood import Meter
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError, error, result

METHOD_NOT_FOUND, INVALID_REQUEST = -32601, -32600
CANCELLED, PROGRESS, MESSAGE = "notifications/cancelled", "notifications/progress", "notifications/message"
# Requests under way at once; the next one is refused, and may be tried again.
UNDER_WAY = 1000


class StreamExchange(Pending):
    """One request on a stream that all share."""

    def __init__(self, wire: Streamed, number: int, caller: str | None) -> None:
        super().__init__()
        self._wire, self.number, self.caller, self.size = wire, number, caller, 0

    async def next(self) -> JSONObject:
        """As `Exchange.next`."""
        message = await super().next()
        if "ended" in message:
            raise Lost(message["ended"])
        return message

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
        self.pending: dict[int, StreamExchange] = {}
        self.meter = Meter(bounds.messages)
        self._numbers = count(1)
        self._over = ""

    async def send(self, data: bytes) -> None:
        """Send a message; raises `Unsent` if nothing of it went out."""
        raise NotImplementedError

    def tell_soon(self, message: JSONObject) -> None:
        """As `tell`, without waiting."""
        raise NotImplementedError

    def listen(self) -> None:
        """Everything comes on the one stream."""

    async def begin(self, message: JSONObject, headers: Mapping[str, str], caller: str | None) -> StreamExchange:
        """As `Wire.begin`."""
        if self._over:
            raise Unsent(self._over)
        if len(self.pending) >= UNDER_WAY:
            raise Unsent(f"has {UNDER_WAY} calls under way", retry_after=1)
        number = next(self._numbers)
        message["id"] = number
        if caller is not None and "progressToken" in message["params"].get("_meta", ()):
            message["params"]["_meta"]["progressToken"] = number
        data = to_json(message)
        exchange = self.pending[number] = StreamExchange(self, number, caller)
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
        if not isinstance(method, str):
            return False
        if number is not None:
            self._ask(message, method, number)
        elif method == PROGRESS:
            self._progress(message)
        elif method == MESSAGE and (exchange := self.only_one()) is not None:
            exchange.add(message)
        else:
            self.heard(message)
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

    def _progress(self, message: JSONObject) -> None:
        params = message.get("params")
        token = params.get("progressToken") if isinstance(params, dict) else None
        if type(token) is int and (exchange := self.pending.get(token)) is not None:
            exchange.add(message)

    def _ask(self, message: JSONObject, method: str, number: Any) -> None:
        """A request of the server: on a stream that all share it does not say whose call it is about."""
        if method == "ping":
            self.tell_soon(result(number, {}))
        elif (exchange := self.only_one()) is not None:
            exchange.add(message)
        else:
            text = "calls of several callers are under way, or none, so nobody knows who is asked"
            self.tell_soon(error(number, INVALID_REQUEST, text))

    def only_one(self) -> StreamExchange | None:
        """The last call under way, if all that are have the same caller."""
        calls = [exchange for exchange in self.pending.values() if exchange.caller is not None]
        return calls[-1] if calls and all(one.caller == calls[0].caller for one in calls) else None
