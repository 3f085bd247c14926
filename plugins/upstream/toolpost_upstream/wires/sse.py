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
from toolpost_upstream.wires.reply import Reply, pieces
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
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            tasks.start_soon(self._door.run)
            try:
                failure = await self._failing()
            finally:
                # From now on nothing can be begun.
                self._tasks = None
                tasks.cancel_scope.cancel()
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
        response.leave()
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

    async def _failing(self) -> WireError:
        headers = {"accept": "text/event-stream", "cache-control": "no-store"}
        response = None
        try:
            response = await self._door.send("GET", headers)
            if response.status != 200:
                return refused(response, False)
            await self._read(response)
        except WireError as failure:
            return failure
        finally:
            if response is not None:
                response.drop()
        return Lost("has ended the stream")

    async def _read(self, response: Reply) -> None:
        events = Events(self.bounds.message_bytes)
        async for chunk in pieces(response):
            for event in events.feed(chunk):
                await self._event(event)
            await self.meter.pause(events.noise())

    async def _event(self, event: Event) -> None:
        if event.kind == "message" and event.data:
            await self.take(event.data)
        elif event.kind == "endpoint" and not self._endpoint:
            try:
                endpoint = urljoin(self._url, event.data.decode("utf-8", "replace"))
                ours, theirs = urlsplit(self._url), urlsplit(endpoint)
            except ValueError:
                raise Lost("wants messages to be sent to what is no address") from None
            # What the operator gave for this server goes nowhere else.
            if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
                raise Lost("wants messages to be sent to another place")
            self._endpoint = endpoint
            self.ready.set()
