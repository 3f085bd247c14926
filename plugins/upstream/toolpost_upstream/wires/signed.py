"""A whole client of HTTP, for servers that want a login, or stand behind a proxy."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup

from toolpost_upstream.wires.reply import CONNECTIONS, IDLE, words
from toolpost_upstream.wires.wire import Absent, Lost, Unsent

if TYPE_CHECKING:
    import httpx2

# Seconds in which the end of an answer must come that nobody waits for, and pieces of one that wait to be read.
ENDING, AHEAD = 1.0, 16


class Signed:
    """Signs each request with `auth`, and takes proxies from the environment."""

    def __init__(self, seconds: float, auth: httpx2.Auth | None) -> None:
        import httpx2

        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=IDLE)
        # Who waits for an answer has its own patience; a stream may be silent for ever.
        timeout = httpx2.Timeout(seconds, read=None)
        self._client = httpx2.AsyncClient(timeout=timeout, limits=limits, auth=auth, follow_redirects=False)
        self._tasks: TaskGroup | None = None
        self._began = anyio.Event()

    async def begin(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> SignedReply:
        """As `Carrier.begin`: what is sent, and waited for, is so in a task of its own."""
        with anyio.move_on_after(ENDING):
            await self._began.wait()
        if self._tasks is None:
            raise Unsent("has gone")
        request = self._client.build_request(method, url, headers=dict(headers), content=content)
        reply = SignedReply(self._client, request)
        self._tasks.start_soon(reply.carry)
        return reply

    async def run(self) -> None:
        """As `Carrier.run`."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            self._began.set()
            try:
                await anyio.sleep_forever()
            finally:
                self._tasks, self._began = None, anyio.Event()

    async def aclose(self) -> None:
        """As `Carrier.aclose`."""
        await self._client.aclose()


class SignedReply:
    """As `Reply`; the client itself cannot wait twice for the same."""

    def __init__(self, client: httpx2.AsyncClient, request: httpx2.Request) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._client, self._request = client, request
        self._pieces: deque[bytes] = deque()
        self._failure: Exception | None = Lost("broke off")
        self._is_over = False
        self._stirred, self._taken = anyio.Event(), anyio.Event()
        self._scope = anyio.CancelScope()

    async def carry(self) -> None:
        """Send the request, and hold what comes."""
        try:
            with self._scope:
                await self._exchange()
                self._failure = None
        except Exception as failure:
            # Whatever it is, it is for whoever waits here, and no reason for the whole way to end.
            self._failure = failure
        finally:
            self._is_over = True
            self._stirred.set()

    async def head(self) -> None:
        """As `Reply.head`."""
        while not self.status:
            await self._news()

    async def read(self) -> bytes:
        """As `Reply.read`."""
        while not self._pieces:
            if self._is_over and self._failure is None:
                return b""
            await self._news()
        self._taken.set()
        return self._pieces.popleft()

    def stirs(self) -> bool:
        """As `Reply.stirs`; what the client itself holds cannot be seen."""
        return not self._is_over or bool(self._pieces)

    def leave(self) -> None:
        """As `Reply.leave`."""
        self._pieces.clear()
        self._taken.set()
        self._scope.deadline = anyio.current_time() + ENDING

    def drop(self) -> None:
        """As `Reply.drop`."""
        self._scope.cancel()

    async def _exchange(self) -> None:
        import httpx2

        try:
            response = await self._client.send(self._request, stream=True)
        except httpx2.PoolTimeout:
            raise Unsent(f"has {CONNECTIONS} calls under way", retry_after=1) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Absent(f"cannot be reached: {words(error)}") from None
        except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
            raise Unsent(f"cannot be asked: {words(error)}") from None
        except httpx2.HTTPError as error:
            raise Lost(f"broke off: {words(error)}") from None
        self.status, self.headers = response.status_code, response.headers
        self._stirred.set()
        try:
            await self._hold(response)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Lost(f"broke off: {words(error)}") from None
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def _hold(self, response: httpx2.Response) -> None:
        async for piece in response.aiter_bytes():
            self._pieces.append(piece)
            self._stirred.set()
            while len(self._pieces) >= AHEAD:
                self._taken = anyio.Event()
                await self._taken.wait()

    async def _news(self) -> None:
        if self._is_over:
            raise self._failure or Lost("broke off")
        self._stirred = anyio.Event()
        await self._stirred.wait()
