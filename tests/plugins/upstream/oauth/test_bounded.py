"""However much a server answers during a login, little of it is read."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import httpx2
import pytest
from anyio.abc import SocketAttribute, SocketStream
from pydantic import SecretStr

from toolpost.testing import Services
from toolpost_upstream.oauth import auth_for
from toolpost_upstream.oauth.bounded import LARGEST
from toolpost_upstream.oauth.failures import LoginFailed
from toolpost_upstream.oauth.login import log_in
from toolpost_upstream.servers.server import OAuth, Server

PIECE = b" " * 65_536


@dataclass
class Talker:
    """Wants a login, and answers without end: to the request itself, or where its metadata should be."""

    endless: str
    url: str = ""
    sent: int = 0

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                while True:
                    await self._answer(stream, await _path(stream))
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return

    async def _answer(self, stream: SocketStream, path: bytes) -> None:
        is_metadata = b"well-known" in path
        status = b"200 OK" if is_metadata else b"401 Who"
        head = b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\n"
        if is_metadata == (self.endless == "request"):
            await stream.send(head + b"content-length: 0\r\n\r\n")
        elif self.endless == "packed":
            body = gzip.compress(b" " * 50_000_000)
            await stream.send(head + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        else:
            await stream.send(head + b"\r\n")
            while True:
                await stream.send(PIECE)
                self.sent += len(PIECE)


async def _path(stream: SocketStream) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += await stream.receive()
    return head.split(b" ", 2)[1]


@asynccontextmanager
async def talking(endless: str) -> AsyncIterator[Talker]:
    talker = Talker(endless)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as tasks:
        talker.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/mcp"  # noqa: S610 - of anyio
        tasks.start_soon(listener.serve, talker.serve)
        yield talker
        tasks.cancel_scope.cancel()


async def never(address: str) -> None:
    raise AssertionError(address)


@pytest.mark.parametrize("endless", ["request", "metadata"])
async def test_an_answer_without_end_ends_the_login(endless: str, services: Services) -> None:
    async with talking(endless) as talker:
        server = Server("it", "http", url=talker.url, auth="oauth", origin="here")
        with anyio.fail_after(20), pytest.raises(LoginFailed, match="more than 1048576 bytes"):
            await log_in(server, services.store, never, 15)
        # The rest stands in the buffers of the sockets.
        assert talker.sent < LARGEST + 32 * 1024 * 1024


async def test_it_ends_a_machines_login_too(services: Services) -> None:
    async with talking("metadata") as talker:
        ours = OAuth("client_credentials", "bot", SecretStr("hunter2hunter2"), issuer=talker.url.removesuffix("/mcp"))
        server = Server("it", "http", url=talker.url, auth="oauth", oauth=ours, origin="here")
        with anyio.fail_after(20), pytest.raises(LoginFailed, match="more than 1048576 bytes"):
            async with httpx2.AsyncClient(auth=auth_for(server, services.store), trust_env=False) as client:
                await client.post(server.url, json={})


async def test_what_is_packed_is_not_unpacked(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0
    read = httpx2.Response.aread

    async def measured(response: httpx2.Response) -> bytes:
        nonlocal longest
        body = await read(response)
        longest = max(longest, len(body))
        return body

    monkeypatch.setattr(httpx2.Response, "aread", measured)
    async with talking("packed") as talker:
        server = Server("it", "http", url=talker.url, auth="oauth", origin="here")
        with anyio.fail_after(20), pytest.raises(LoginFailed):
            await log_in(server, services.store, never, 15)
    assert 0 < longest < LARGEST
