"""An HTTP server on loopback that answers as a test says, byte by byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
from anyio.abc import SocketAttribute, SocketStream

Answer = Callable[[SocketStream, dict[str, Any]], Awaitable[None]]


class Speaker(Protocol):
    """One that has a stream of its own to speak on, and is told what its questions are answered with."""

    async def listen(self, stream: SocketStream) -> None: ...
    async def told(self, message: dict[str, Any]) -> None: ...


TOOL = {"name": "echo", "inputSchema": {"type": "object"}}


@dataclass
class Scripted:
    """What a call is answered with, in `answer`; and what came, in `seen`."""

    answer: Answer
    url: str = ""
    session: str = ""
    speaker: Speaker | None = None
    subscribed: Answer | None = None
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    closed: anyio.Event = field(default_factory=anyio.Event)

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                while await self._request(stream):
                    pass
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                self.closed.set()

    async def _request(self, stream: SocketStream) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            data += await stream.receive()
        head, _, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(rest) < int(headers.get("content-length", 0)):
            rest += await stream.receive()
        message = json.loads(rest) if rest else {}
        self.seen.append((first.split()[0], headers, message))
        if "last-event-id" in headers:
            await self.answer(stream, {})
        elif first.startswith("GET") and self.speaker is not None:
            await self.speaker.listen(stream)
        elif not message:
            await self._got(stream)
        else:
            await self._message(stream, message)
        return True

    async def _got(self, stream: SocketStream) -> None:
        await stream.send(b"HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n")

    async def _message(self, stream: SocketStream, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "initialize":
                capabilities: dict[str, Any] = {"tools": {}} | (
                    {"resources": {"subscribe": True}} if self.subscribed else {}
                )
                result = {"protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": {"name": "s"}}
                await respond(stream, message, result, f"mcp-session-id: {self.session}\r\n" if self.session else "")
            case "tools/list":
                await respond(stream, message, {"tools": [TOOL]})
            case "tools/call":
                await self.answer(stream, message)
            case "resources/list":
                await respond(stream, message, {"resources": [{"uri": "memo://one", "name": "one"}]})
            case "resources/subscribe" if self.subscribed is not None:
                await self.subscribed(stream, message)
            case "resources/templates/list":
                await respond(stream, message, {"resourceTemplates": []})
            case _:
                await stream.send(b"HTTP/1.1 202 Fine\r\ncontent-length: 0\r\n\r\n")
                if "method" not in message and self.speaker is not None:
                    await self.speaker.told(message)

    def calls(self) -> int:
        """How many calls came."""
        return sum(message.get("method") == "tools/call" for _, _, message in self.seen)


async def respond(stream: SocketStream, message: dict[str, Any], result: Any, headers: str = "") -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
    await stream.send(head.encode() + body)


@asynccontextmanager
async def scripted(
    answer: Answer, session: str = "", speaker: Speaker | None = None, subscribed: Answer | None = None
) -> AsyncIterator[Scripted]:
    async with serving(Scripted(answer, session=session, speaker=speaker, subscribed=subscribed)) as server:
        yield server


@asynccontextmanager
async def serving(server: Scripted) -> AsyncIterator[Scripted]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/mcp"
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()
