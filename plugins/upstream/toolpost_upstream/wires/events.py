"""Server-sent events (WHATWG HTML, section 9.2), cut out of bytes as they come, each of bounded length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from toolpost_upstream.wires.wire import Lost

# Bytes that a line without data counts for, however short it is, and how many of them are counted together.
NOISE, FEW = 128, 16
END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event: its kind, its data, and what a client that comes back says that it saw last."""

    kind: str
    data: bytes
    seen: str = ""
    retry: float | None = None


class Events:
    """Cuts events; raises `Lost` for one of more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._looked = 0
        self._noise = 0
        self._clear()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that end in this chunk."""
        self._rest += chunk
        if len(self._rest) > self._limit:
            raise Lost(f"sent an event of more than {self._limit} bytes")
        while True:
            found = END.search(self._rest, self._looked)
            # A carriage return at the end may be half of a line's end.
            if found is None or (found[0] == b"\r" and found.end() == len(self._rest)):
                self._looked = len(self._rest) if found is None else found.start()
                return
            line = bytes(self._rest[: found.start()])
            del self._rest[: found.end()]
            self._looked = 0
            if line:
                self._field(line)
            elif (event := self._dispatch()) is not None:
                yield event
            else:
                self._noise += NOISE

    def noise(self) -> int:
        """What lines count for that were no data, as soon as there are a few; 0 until then."""
        if self._noise <= NOISE * FEW:
            return 0
        found, self._noise = self._noise, 0
        return found

    def _clear(self) -> None:
        self._kind, self._data, self._seen = "", list[bytes](), ""
        self._retry: float | None = None
        self._size = 0

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        self._noise += 0 if name == b"data" else NOISE
        match name:
            case b"data":
                self._data.append(value)
                self._size += len(value) + 1
                if self._size > self._limit:
                    raise Lost(f"sent an event of more than {self._limit} bytes")
            case b"event":
                self._kind = value.decode("utf-8", "replace")
            case b"id" if b"\0" not in value:
                self._seen = value.decode("utf-8", "replace")
            case b"retry" if value.isdigit() and len(value) < 8:
                self._retry = int(value) / 1000

    def _dispatch(self) -> Event | None:
        event = Event(self._kind or "message", b"\n".join(self._data), self._seen, self._retry)
        self._clear()
        return event if event.data or event.seen or event.retry is not None else None
