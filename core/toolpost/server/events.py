"""What was sent on streams of older clients, so that one who lost a stream can come back for the rest."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCResponse, jsonrpc_message_adapter

from toolpost.errors import Unavailable
from toolpost.store.space import Space

log = logging.getLogger("toolpost.http")
# A message above this lies in the store, and in memory only its name: for a small one a write to disk
# would take longer than the whole call, and a session does not outlive its process anyway.
LARGE = 16 * 1024


@dataclass(frozen=True)
class Event:
    """A message of one stream; `data` is None where it lies in the store, and empty where only a place is marked."""

    session: str
    stream: str
    data: bytes | None
    size: int
    until: float
    is_last: bool


class Events:
    """All that was sent lately, of every session; the oldest goes when there are too many, or too large ones.

    `count` and `total` (bytes) bound what is kept at a time, `seconds` how
    long. Each session sees its own events alone: `session()` gives its store.

    ```python
    events = Events(store.space("http/events"))
    transport = StreamableHTTPServerTransport(session_id, event_store=events.session())
    ```
    """

    def __init__(
        self,
        space: Space,
        *,
        count: int = 10_000,
        total: int = 64 * 1024 * 1024,
        seconds: float = 300.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.space = space
        self._count, self._total, self._seconds, self._clock = count, total, seconds, clock
        self._kept: OrderedDict[str, Event] = OrderedDict()
        self._size = 0

    def session(self) -> SessionEvents:
        """The store of a new session."""
        return SessionEvents(self, token_hex(8))

    @property
    def kept(self) -> int:
        """How many events there are."""
        return len(self._kept)

    async def add(self, name: str, session: str, stream: str, message: JSONRPCMessage | None) -> None:
        """Keep an event, and let go of what is too old or too much."""
        data = b"" if message is None else message.model_dump_json(by_alias=True, exclude_unset=True).encode()
        large, is_last = len(data) > LARGE, isinstance(message, JSONRPCResponse | JSONRPCError)
        size, now = len(data) + len(stream), self._clock()
        self._kept[name] = Event(session, stream, None if large else data, size, now + self._seconds, is_last)
        self._size += size
        gone = self._overdue(now)
        try:
            if large and name in self._kept:
                await self.space.set(name, data, self._seconds)
            for old in gone:
                await self.space.delete(old)
        except Unavailable as error:
            # The client gets the message all the same; it only cannot come back for it.
            log.warning("a message cannot be kept for a client that comes back: %s", error)

    def after(self, name: str, session: str) -> tuple[str, list[tuple[str, Event]]] | None:
        """The stream of an event, and what was sent on it later; None for one that is not of this session."""
        found = self._kept.get(name)
        if found is None or found.session != session:
            return None
        number = _number(name)
        later = (
            (other, event)
            for other, event in self._kept.items()
            if event.session == session and event.stream == found.stream and _number(other) > number
        )
        return found.stream, list(later)

    async def message(self, name: str, event: Event) -> JSONRPCMessage | None:
        """What was sent; None where that is no longer known, or a place was only marked."""
        try:
            data = await self.space.get(name) if event.data is None else event.data
        except Unavailable:
            return None
        return jsonrpc_message_adapter.validate_json(data) if data else None

    def _overdue(self, now: float) -> list[str]:
        """Forget what is too much; the names of what lies in the store."""
        stored = []
        while self._kept and self._is_too_much(now):
            name, event = self._kept.popitem(last=False)
            self._size -= event.size
            if event.data is None:
                stored.append(name)
        return stored

    def _is_too_much(self, now: float) -> bool:
        oldest = next(iter(self._kept.values()))
        return len(self._kept) > self._count or self._size > self._total or oldest.until <= now


class SessionEvents(EventStore):
    """The events of one session, as the SDK's transport keeps and replays them."""

    def __init__(self, events: Events, session: str) -> None:
        self._events = events
        self._session = session
        self._counted = 0

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep a message, or mark a place; the event's name."""
        self._counted += 1
        name = f"{self._session}-{self._counted}"
        await self._events.add(name, self._session, stream_id, message)
        return name

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send what came after an event on its stream; the stream, if more will come on it."""
        found = self._events.after(last_event_id, self._session)
        if found is None:
            return None
        stream, later = found
        for name, event in later:
            message = await self._events.message(name, event)
            if message is not None:
                await send_callback(EventMessage(message, name))
        return None if any(event.is_last for _, event in later) else stream


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
