"""Streamable HTTP, in both eras: a request is a POST, and its response comes back on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

import anyio
from anyio.abc import TaskGroup
from pydantic_core import to_json

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.door import Door, body, refused
from toolpost_upstream.wires.hearing import hear, message_of
from toolpost_upstream.wires.posting import Answered, Streaming
from toolpost_upstream.wires.reply import Reply
from toolpost_upstream.wires.streamed import CANCELLED
from toolpost_upstream.wires.wire import Exchange, JSONObject, Lost, Unsent, WireError

BOTH = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
EVENTS = "text/event-stream"
SESSION = "mcp-session-id"
# A session's name as the transport has it: visible ASCII.
NAME_BYTES = 512
# Seconds in which a server is told of an end.
TELLING = 1.0


class Http:
    """One server behind a `Door`; `run` must run for anything else to."""

    takes_headers = True

    def __init__(self, door: Door, bounds: Bounds) -> None:
        self._door = door
        self.bounds = bounds
        self.heard: Callable[[JSONObject], None] = lambda message: None
        self.version = ""
        self.stateless = False
        self._session = ""
        self._numbers = count(1)
        self._tasks: TaskGroup | None = None
        self._failed = anyio.Event()
        self._failure: WireError | None = None

    async def run(self) -> None:
        """As `Wire.run`."""
        try:
            async with anyio.create_task_group() as self._tasks:
                await self._failed.wait()
                self._tasks.cancel_scope.cancel()
        finally:
            self._tasks = None
        raise self._failure or Lost("has gone")

    def listen(self) -> None:
        """As `Wire.listen`: of the older era's servers, those with a session have a stream for it."""
        if not self.stateless and self._tasks is not None:
            self._tasks.start_soon(hear, self)

    async def begin(self, message: JSONObject, headers: Mapping[str, str], caller: str | None) -> Exchange:
        """As `Wire.begin`."""
        number = next(self._numbers)
        message["id"] = number
        meta = message["params"].get("_meta")
        if meta and "progressToken" in meta:
            meta["progressToken"] = number
        is_first = message["method"] in ("initialize", "server/discover")
        sent = {**BOTH, **self._headers(), **headers}
        try:
            response = await self._door.send("POST", sent, to_json(message))
        except Unsent as failure:
            # Nobody is there, unless it is only busy.
            if failure.retry_after is None:
                self.fail(failure)
            raise
        except WireError:
            raise
        except BaseException:
            if not is_first:
                self.leave(None, number, "the caller has gone")
            raise
        try:
            return await self._answer(response, number, is_first)
        except BaseException as failure:
            self.leave(response, None if isinstance(failure, WireError) or is_first else number, "the caller has gone")
            raise

    async def tell(self, message: JSONObject) -> None:
        """As `Wire.tell`."""
        try:
            response = await self._door.send("POST", {**BOTH, **self._headers()}, to_json(message))
            await response.aclose()
        except WireError:
            pass

    async def get(self, seen: str) -> Reply:
        """A stream of what the server has for us; raises `WireError` where there is none."""
        headers = {"accept": EVENTS, "cache-control": "no-store", **self._headers()}
        response = await self._door.send("GET", headers | ({"last-event-id": seen} if seen else {}))
        if response.status == 200 and _kind(response) == EVENTS:
            return response
        await response.aclose()
        raise refused(response, bool(self._session))

    def leave(self, response: Reply | None, number: int | None, reason: str) -> None:
        """Let go of a response; with a number, the server is told that nobody waits for that one."""
        if self._tasks is not None:
            self._tasks.start_soon(partial(self._leave, response, number, reason))

    def close(self, reason: str) -> None:
        """As `Wire.close`: each response ends by itself."""

    def fail(self, failure: WireError) -> None:
        """The way is no more."""
        self._failure = self._failure or failure
        self._failed.set()

    async def aclose(self) -> None:
        """End the session, where there is one; nobody waits long for it."""
        with anyio.move_on_after(TELLING, shield=True):
            try:
                if self._session:
                    response = await self._door.send("DELETE", self._headers())
                    await response.aclose()
            except WireError:
                pass
            await self._door.aclose()

    async def _answer(self, response: Reply, number: int, is_first: bool) -> Exchange:
        session = response.headers.get(SESSION, "")
        if is_first and session and len(session) <= NAME_BYTES:
            self._session = session
        if response.status == 200 and _kind(response) == EVENTS:
            return Streaming(self, number, response)
        data = await body(response, self.bounds.message_bytes)
        await response.aclose()
        message = message_of(data)
        if message is not None and (response.status == 200 or _is_error(message)):
            return Answered(number, message, len(data))
        if response.status == 200:
            raise Lost("sent an answer that is no message of MCP")
        failure = refused(response, bool(self._session))
        if response.status == 404 and self._session:
            self.fail(failure)
        raise failure

    def _headers(self) -> dict[str, str]:
        headers = {"mcp-protocol-version": self.version} if self.version else {}
        if self._session and not self.stateless:
            headers[SESSION] = self._session
        return headers

    async def _leave(self, response: Reply | None, number: int | None, reason: str) -> None:
        if response is not None:
            await response.aclose()
        # In the newer era the end of the stream is what says so.
        if number is not None and not self.stateless:
            params = {"requestId": number, "reason": reason}
            with anyio.move_on_after(TELLING):
                await self.tell({"jsonrpc": "2.0", "method": CANCELLED, "params": params})


def _kind(response: Reply) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _is_error(message: JSONObject) -> bool:
    return isinstance(message.get("error"), dict)
