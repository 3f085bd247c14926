"""The old SSE transport (MCP 2024-11-05): one stream for all that comes, and an address for what goes."""

from __future__ import annotations

from functools import partial
from urllib.parse import urljoin, urlsplit

import anyio
from anyio.abc import TaskGroup
from pydantic_core import to_json

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.door import Door, refused
from toolpost_upstream.wires.events import Event, Events
from toolpost_upstream.wires.reply import Reply
from toolpost_upstream.wires.streamed import Streamed
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError


class Sse(Streamed):
    """One server behind a `Door`; `ready` is set once it has said where to send messages."""

    def __init__(self, door: Door, url: str, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._door, self._url = door, url
        self._endpoint = ""
        self.ready = anyio.Event()
        self._tasks: TaskGroup | None = None

    async def run(self) -> None:
        """As `Wire.run`."""
        response = await self._door.send("GET", {"accept": "text/event-stream", "cache-control": "no-store"})
        try:
            if response.status != 200:
                raise refused(response, False)
            async with anyio.create_task_group() as self._tasks:
                failure = await self._failing(response)
                self._tasks.cancel_scope.cancel()
        finally:
            self._tasks = None
            with anyio.move_on_after(1, shield=True):
                await response.aclose()
        raise failure

    def close(self, reason: str) -> None:
        """As `Wire.close`; whoever waits to send something need not wait longer."""
        super().close(reason)
        self.ready.set()

    async def send(self, data: bytes) -> None:
        """As `Streamed.send`."""
        await self.ready.wait()
        if self._over:
            raise Unsent(self._over)
        headers = {"content-type": "application/json"}
        if self.version:
            headers["mcp-protocol-version"] = self.version
        response = await self._door.send("POST", headers, data, self._endpoint)
        await response.aclose()
        if not 200 <= response.status < 300:
            raise refused(response, True)

    def tell_soon(self, message: JSONObject) -> None:
        """As `Streamed.tell_soon`."""
        if self._tasks is not None:
            self._tasks.start_soon(partial(self._tell, to_json(message)))

    async def aclose(self) -> None:
        """Close all connections."""
        with anyio.move_on_after(1, shield=True):
            await self._door.aclose()

    async def _tell(self, data: bytes) -> None:
        try:
            await self.send(data)
        except WireError:
            pass

    async def _failing(self, response: Reply) -> WireError:
        events = Events(self.bounds.message_bytes)
        try:
            async for chunk in response.pieces:
                for event in events.feed(chunk):
                    await self._event(event)
        except WireError as failure:
            return failure
        return Lost("has ended the stream")

    async def _event(self, event: Event) -> None:
        if event.kind == "message" and event.data:
            await self.take(event.data)
        elif event.kind == "endpoint" and not self._endpoint:
            endpoint = urljoin(self._url, event.data.decode("utf-8", "replace"))
            ours, theirs = urlsplit(self._url), urlsplit(endpoint)
            # What the operator gave for this server goes nowhere else.
            if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
                raise Lost("wants messages to be sent to another place")
            self._endpoint = endpoint
            self.ready.set()
