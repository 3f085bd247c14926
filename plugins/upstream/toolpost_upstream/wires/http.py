"""Streamable HTTP, in both eras: a request is a POST, and its response comes back on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

import anyio
from anyio.abc import TaskGroup
from pydantic_core import to_json

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.wires.door import Door, refused
from toolpost_upstream.wires.hearing import hear
from toolpost_upstream.wires.posting import EVENTS, Posted
from toolpost_upstream.wires.reply import Reply, kind
from toolpost_upstream.wires.underway import CANCELLED, MOST, UnderWay
from toolpost_upstream.wires.wire import JSONObject, Lost, Unsent, WireError

BOTH = {"accept": f"application/json, {EVENTS}", "content-type": "application/json"}
SESSION = "mcp-session-id"
# A session's name as the transport has it: visible ASCII.
NAME_BYTES = 512
# Seconds in which a server is told of an end.
TELLING = 1.0


class Http:
    """One server behind a `Door`; `run` must run for anything else to. `hears` says whether it may speak unasked."""

    takes_headers = True

    def __init__(self, door: Door, bounds: Bounds) -> None:
        self._door = door
        self.bounds = bounds
        self.heard: Callable[[JSONObject], None] = lambda message: None
        self.version = ""
        self.stateless = self.hears = False
        # What it says unasked, as long as that is heard.
        self.hearing: Reply | None = None
        self.pending = UnderWay[Posted]()
        self._session = ""
        self._numbers = count(1)
        self._tasks: TaskGroup | None = None
        self._failed = anyio.Event()
        self._failure: WireError | None = None

    async def run(self) -> None:
        """As `Wire.run`."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            tasks.start_soon(self._door.run)
            try:
                await self._failed.wait()
            finally:
                # From now on nothing can be begun.
                self._tasks = None
                tasks.cancel_scope.cancel()
        raise self._failure or Lost("has gone")

    def listen(self) -> None:
        """As `Wire.listen`: of the older era's servers, those with a session have a stream for it."""
        if not self.stateless and self._tasks is not None:
            # From now on, until it turns out that there is no such stream.
            self.hears = True
            self._tasks.start_soon(hear, self)

    async def begin(self, message: JSONObject, headers: Mapping[str, str], caller: str | None) -> Posted:
        """As `Wire.begin`; the server may ask and report on its own stream before it answers at all."""
        if len(self.pending) >= MOST:
            raise Unsent(f"has {MOST} calls under way", retry_after=1)
        number = next(self._numbers)
        message["id"] = number
        meta = message["params"].get("_meta")
        if reports := "progressToken" in (meta or ()):
            meta["progressToken"] = number
        posted = self.pending[number] = Posted(self, number, message["method"], caller, reports=reports)
        try:
            posted.response = await self._door.begin("POST", {**BOTH, **self._headers(), **headers}, to_json(message))
        except WireError as failure:
            posted.fail(failure)
            raise
        except BaseException:
            posted.end("the caller has gone")
            raise
        return posted

    async def tell(self, message: JSONObject) -> None:
        """As `Wire.tell`."""
        try:
            (await self._door.send("POST", {**BOTH, **self._headers()}, to_json(message))).leave()
        except WireError:
            pass

    async def get(self, seen: str) -> Reply:
        """A stream of what the server has for us; raises `WireError` where there is none."""
        headers = {"accept": EVENTS, "cache-control": "no-store", **self._headers()}
        response = await self._door.send("GET", headers | ({"last-event-id": seen} if seen else {}))
        if response.status == 200 and kind(response) == EVENTS:
            return response
        response.drop()
        raise refused(response, bool(self._session))

    def stirs(self) -> bool:
        """Whether the server may have said something unasked that is not read yet."""
        return self.hearing is None or self.hearing.stirs()

    def tell_soon(self, message: JSONObject) -> None:
        """As `tell`, without waiting."""
        if self._tasks is not None:
            self._tasks.start_soon(partial(self._tell, message))

    def forsake(self, number: int, reason: str) -> None:
        """The server is told that nobody waits; in the newer era the end of the stream is what says so."""
        if not self.stateless:
            params = {"requestId": number, "reason": reason}
            self.tell_soon({"jsonrpc": "2.0", "method": CANCELLED, "params": params})

    def close(self, reason: str) -> None:
        """As `Wire.close`: each response ends by itself."""

    def fail(self, failure: WireError) -> None:
        """The way is no more."""
        self._failure = self._failure or failure
        self._failed.set()

    def begun(self, reply: Reply) -> None:
        """The first response has come, which names the session."""
        session = reply.headers.get(SESSION, "")
        if session and len(session) <= NAME_BYTES:
            self._session = session

    @property
    def has_session(self) -> bool:
        """Whether the server remembers us."""
        return bool(self._session)

    async def aclose(self) -> None:
        """End the session, where there is one; nobody waits long for it."""
        with anyio.move_on_after(TELLING, shield=True):
            if self._session:
                await self._bye()
            await self._door.aclose()

    async def _bye(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._door.run)
            try:
                (await self._door.send("DELETE", self._headers())).drop()
            except WireError:
                pass
            tasks.cancel_scope.cancel()

    async def _tell(self, message: JSONObject) -> None:
        with anyio.move_on_after(TELLING):
            await self.tell(message)

    def _headers(self) -> dict[str, str]:
        headers = {"mcp-protocol-version": self.version} if self.version else {}
        if self._session and not self.stateless:
            headers[SESSION] = self._session
        return headers
