"""One request over HTTP: what comes in the response to it, and what comes for it on the server's own stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel
from pydantic_core import from_json

from toolpost_upstream.wires.door import body, refused
from toolpost_upstream.wires.events import Event, Events
from toolpost_upstream.wires.flood import Meter
from toolpost_upstream.wires.reply import Reply, kind
from toolpost_upstream.wires.underway import MESSAGE, PROGRESS, Heard
from toolpost_upstream.wires.wire import Absent, JSONObject, Lost, WireError, message_of, result

if TYPE_CHECKING:
    from toolpost_upstream.wires.http import Http

EVENTS = "text/event-stream"
# Times that a stream which broke off is taken up again, and the seconds before, where the server names none.
RESUMED, PAUSE, LONGEST_PAUSE = 3, 0.5, 30.0
# Turns of the event loop in which what has come on another connection is read: the last progress, most often.
LOOKS = 4
FIRST = ("initialize", "server/discover")
METHOD_NOT_FOUND = -32601
Found = TypeVar("Found")


class Posted:
    """A request, `response` to which is on its way: one message, or a stream of events."""

    def __init__(self, wire: Http, number: int, method: str, caller: str | None, *, reports: bool) -> None:
        self._reports = reports
        self._wire, self.number, self.method, self.caller, self.size = wire, number, method, caller, 0
        self.response: Reply | None = None
        self._messages: deque[tuple[JSONObject, int]] = deque()
        self._heard = Heard()
        self._waiting: anyio.CancelScope | None = None
        self._events: Events | None = None
        self._seen, self._retry, self._resumed = "", PAUSE, 0
        self._meter = Meter(wire.bounds.messages)
        self._over = False

    def add(self, message: JSONObject, size: int = 0) -> bool:
        """As `Listener.add`, of what comes on another stream."""
        has_room = self._heard.add(message, size)
        if has_room and self._waiting is not None:
            self._waiting.cancel()
        return has_room

    async def next(self) -> JSONObject:
        """As `Exchange.next`."""
        while True:
            if self._heard:
                return self._heard.take()
            if self._messages and not await self._is_behind(self._messages[0][0]):
                message, self.size = self._messages.popleft()
                if await self._concerns(message):
                    return message
            elif self._heard:
                continue
            else:
                try:
                    await self._step()
                except WireError as failure:
                    self.fail(failure)
                    raise

    def rest(self, rests: bool) -> None:
        """As `Exchange.rest`."""
        self._heard.rests = rests

    async def reply(self, answer: JSONObject) -> None:
        """As `Exchange.reply`."""
        await self._wire.tell(answer)

    def end(self, reason: str = "") -> None:
        """As `Exchange.end`."""
        if self._over:
            return
        self._finish(drop=bool(reason))
        if reason and self.method not in FIRST:
            self._wire.forsake(self.number, reason)

    def fail(self, failure: WireError) -> None:
        """No response will come."""
        self._finish(drop=True)
        if isinstance(failure, Absent):
            self._wire.fail(failure)

    def _finish(self, *, drop: bool) -> None:
        self._over = True
        self._wire.pending.pop(self.number, None)
        if self.response is not None:
            (self.response.drop if drop else self.response.leave)()

    async def _step(self) -> None:
        """Wait for one more thing of the response, or until something was heard."""
        response = self.response
        assert response is not None  # it is there before anybody waits
        if not response.status:
            await self._unless_heard(response.head)
            if response.status:
                await self._headed(response)
            return
        chunk = await self._unless_heard(response.read)
        if chunk == b"":
            return await self._resume(response)
        for event in self._events.feed(chunk) if chunk and self._events is not None else ():
            if wait := self._take(event):
                await anyio.sleep(wait)
        if self._events is not None:
            await self._meter.pause(self._events.noise())

    async def _unless_heard(self, wait: Callable[[], Awaitable[Found]]) -> Found | None:
        if not self._wire.hears:
            return await wait()
        try:
            with anyio.CancelScope() as self._waiting:
                return await wait()
        finally:
            self._waiting = None
        return None

    async def _headed(self, reply: Reply) -> None:
        wire = self._wire
        if self.method in FIRST:
            wire.begun(reply)
        if reply.status == 200 and kind(reply) == EVENTS:
            self._events = Events(wire.bounds.message_bytes)
            return
        data = await body(reply, wire.bounds.message_bytes)
        message = message_of(data)
        error = message.get("error") if message is not None else None
        if reply.status == 404 and wire.has_session and not _is_no_method(error):
            # Whatever is in it: this is how a session ends (MCP 2025-11-25, Transports, Session Management).
            raise refused(reply, True)
        if message is not None and (reply.status == 200 or isinstance(error, dict)):
            # Whatever its number is: it is the only answer that comes.
            self._messages.append(({**message, "id": self.number}, len(data)))
        elif reply.status == 200:
            raise Lost("sent an answer that is no message of MCP")
        else:
            raise refused(reply, wire.has_session)

    async def _is_behind(self, message: JSONObject) -> bool:
        """Whether something that the server said before this response waits on the other stream."""
        if self._reports and self._wire.hears and "method" not in message:
            self._reports = False
            for _ in range(LOOKS):
                # Most often nothing is, and each turn of the event loop is a tenth of what a call takes here.
                if not self._wire.stirs():
                    break
                await anyio.lowlevel.checkpoint()
        return bool(self._heard)

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

    async def _resume(self, ended: Reply) -> None:
        """Take up a stream that has ended too early, where the server keeps what it sends."""
        if not self._seen or self._wire.stateless or self._resumed >= RESUMED:
            raise Lost("ended its answer before it was whole")
        self._resumed += 1
        ended.drop()
        await anyio.sleep(self._retry)
        try:
            self.response = await self._wire.get(self._seen)
        except WireError as error:
            raise Lost(str(error)) from None
        self._events = Events(self._wire.bounds.message_bytes)


def _is_no_method(error: Any) -> bool:
    return isinstance(error, dict) and error.get("code") == METHOD_NOT_FOUND
