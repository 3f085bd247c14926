"""One request over HTTP: what comes in the response to it, as one message or as a stream of events."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import anyio
from pydantic_core import from_json

from toolpost_upstream.wires.events import Event, Events
from toolpost_upstream.wires.flood import Meter
from toolpost_upstream.wires.reply import Reply
from toolpost_upstream.wires.streamed import MESSAGE, PROGRESS
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError, result

if TYPE_CHECKING:
    from toolpost_upstream.wires.http import Http

# Times that a stream which broke off is taken up again, and the seconds before, where the server names none.
RESUMED, PAUSE, LONGEST_PAUSE = 3, 0.5, 30.0


class Answered:
    """A request whose response was all that came."""

    def __init__(self, number: int, message: JSONObject, size: int) -> None:
        self.number, self.size, self._message = number, size, message

    async def next(self) -> JSONObject:
        """As `Exchange.next`."""
        return self._message

    async def reply(self, answer: JSONObject) -> None:
        """The server has asked nothing."""

    def end(self, reason: str = "") -> None:
        """It is over already."""


class Streaming:
    """A request whose response comes at the end of a stream of events."""

    def __init__(self, wire: Http, number: int, response: Reply) -> None:
        self._wire, self.number, self.size = wire, number, 0
        self._response = response
        self._chunks = response.pieces
        self._events = Events(wire.bounds.message_bytes)
        self._messages: deque[tuple[JSONObject, int]] = deque()
        self._seen, self._retry, self._resumed = "", PAUSE, 0
        self._meter = Meter(wire.bounds.messages)
        self._over = False

    async def next(self) -> JSONObject:
        """As `Exchange.next`."""
        while True:
            while self._messages:
                message, self.size = self._messages.popleft()
                if await self._concerns(message):
                    return message
            try:
                chunk = await anext(self._chunks, None)
            except Lost:
                chunk = None
            if chunk is None:
                await self._resume()
                continue
            for event in self._events.feed(chunk):
                if wait := self._take(event):
                    await anyio.sleep(wait)

    async def reply(self, answer: JSONObject) -> None:
        """As `Exchange.reply`."""
        await self._wire.tell(answer)

    def end(self, reason: str = "") -> None:
        """As `Exchange.end`."""
        if not self._over:
            self._over = True
            self._wire.leave(self._response, self.number if reason else None, reason)

    async def _concerns(self, message: JSONObject) -> bool:
        """Whether whoever waits for the response is to have this."""
        method, number = message.get("method"), message.get("id")
        if method is None:
            return number == self.number and ("result" in message or "error" in message)
        if method == "ping":
            await self._wire.tell(result(number, {}))
            return False
        if number is not None or method in (MESSAGE, PROGRESS):
            return True
        self._wire.heard(message)
        return "subscriptions" in str(method)

    def _take(self, event: Event) -> float:
        """Keep what an event says; the seconds to wait before the next."""
        self._seen = event.seen or self._seen
        self._retry = self._retry if event.retry is None else min(event.retry, LONGEST_PAUSE)
        if event.kind == "message" and event.data:
            try:
                message = from_json(event.data)
            except ValueError:
                message = None
            if isinstance(message, dict):
                self._messages.append((message, len(event.data)))
        return self._meter.add()

    async def _resume(self) -> None:
        """Take up a stream that has ended too early, where the server keeps what it sends."""
        if not self._seen or self._wire.stateless or self._resumed >= RESUMED:
            raise Lost("ended its answer before it was whole")
        self._resumed += 1
        await self._response.aclose()
        await anyio.sleep(self._retry)
        try:
            self._response = await self._wire.get(self._seen)
        except (Unsent, WireError) as error:
            raise Lost(str(error)) from None
        self._chunks = self._response.pieces
        self._events = Events(self._wire.bounds.message_bytes)
