"""Server-sent events, as providers stream them: each is one JSON."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Any

import anyio
import httpx2
from anyio.to_thread import run_sync
from openai import APIConnectionError, APITimeoutError
from pydantic_core import from_json

DONE = b"[DONE]"
# How a connection ends that should not; the last two slip through httpx2 (pydantic/httpx2#854).
LOST = (httpx2.RequestError, httpx2.StreamError, ssl.SSLError, anyio.EndOfStream)
# No event of a conversation is as long; whoever sends more without a line's end never ends.
MOST = 64 * 1024 * 1024
# Seconds for what comes after the last event: the connection can be used again only if it is read.
DRAIN = 0.1
# Bytes that are parsed in about a millisecond; what is longer must not hold up others.
SHORT = 200_000


class Events:
    """The events of an answer; one that comes as a whole is one event.

    The SDK's own reader takes 7 µs for a short event above what reading the bytes takes, and this one 3.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        # Set by the reader at an event after which nothing of the answer follows.
        self.ended = False

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self.response.aclose()

    async def batches(self) -> AsyncGenerator[list[Any], None]:
        """The events as they come, those together that came together."""
        frames: Frames | Whole | None = None
        try:
            async with aclosing(self._bytes()) as data:
                async for piece in data:
                    if frames is None:
                        if not piece.strip():
                            # So some keep a connection alive while the model is at work.
                            continue
                        frames = form_of(piece)
                    if found := frames.feed(piece):
                        yield [parsed(frame) for frame in found]
                    if self.ended or frames.done:
                        await _drain(data)
                        return
            if frames is not None and (found := frames.rest()):
                is_long = len(found[0]) > SHORT
                yield [await run_sync(parsed, frame) if is_long else parsed(frame) for frame in found]
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=self.response.request) from error
        except LOST as error:
            raise APIConnectionError(request=self.response.request) from error

    def _bytes(self) -> AsyncGenerator[bytes, None]:
        if "content-encoding" in self.response.headers:
            return self.response.aiter_bytes()
        # Nothing is to be unpacked: two steps less for every few bytes.
        data: AsyncGenerator[bytes, None] = self.response.stream.__aiter__()  # type: ignore[union-attr, assignment]  # it is an asynchronous one, and its iterator a generator
        return data


async def _drain(data: AsyncIterator[bytes]) -> None:
    # The answer is whole: if this fails, only the connection is lost.
    with anyio.move_on_after(DRAIN), suppress(*LOST):
        async for _ in data:
            pass


def form_of(beginning: bytes) -> Frames | Whole:
    """What an answer is that begins so: some servers stream unasked, or not although asked, or call it otherwise."""
    return Whole() if beginning.lstrip().startswith(b"{") else Frames()


class Whole:
    """The one event of an answer that is not streamed."""

    done = False

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Nothing yet.

        Raises:
            ValueError: there is no end.
        """
        self._data += data
        if len(self._data) > MOST:
            raise ValueError("an answer has no end")
        return []

    def rest(self) -> list[bytes]:
        """All of it."""
        return [bytes(self._data)]


class Frames:
    """Cuts bytes into the data of events; `done` is set by `[DONE]`."""

    def __init__(self) -> None:
        self.done = False
        self._line: list[bytes] = []
        self._held = 0
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """The events that end within these bytes.

        Raises:
            ValueError: a line has no end.
        """
        first, *lines = data.split(b"\n")
        self._line.append(first)
        if not lines:
            self._held += len(first)
            if self._held > MOST:
                raise ValueError("an event has no end")
            return []
        lines.insert(0, b"".join(self._line))
        self._line, self._held = [lines.pop()], 0
        return list(self._events(lines))

    def rest(self) -> list[bytes]:
        """The last event, where the blank line after it is missing."""
        return list(self._events([b"".join(self._line), b""]))

    def _events(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            # A line may also end in CR LF; one that ends in CR alone nobody sends.
            line = line[:-1] if line.endswith(b"\r") else line
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                frame = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                self._data = []
                if frame.startswith(DONE):
                    self.done = True
                    return
                if frame:
                    yield frame


def parsed(frame: bytes) -> Any:
    """The JSON of an event.

    Raises:
        ValueError: it is none.
    """
    try:
        return from_json(frame)
    except ValueError as error:
        # Half of an escaped character, which only the slower parser takes.
        if "hex escape" not in str(error):
            raise
        return json.loads(frame)
