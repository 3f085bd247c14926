"""MCP over Streamable HTTP, for both eras, at one path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from mcp_types import HEADER_MISMATCH, INVALID_REQUEST
from pydantic_core import to_json

from toolpost import __version__
from toolpost.config.tables import Http
from toolpost.host import Host
from toolpost.http import body, messages
from toolpost.http.body import Receive
from toolpost.http.caller import caller_of
from toolpost.http.direct import Direct
from toolpost.http.refusal import Answer, Refusal
from toolpost.http.sessions import Sessions, owner
from toolpost.server.clients import client_of
from toolpost.server.events import Events
from toolpost.server.mcp import mcp_server
from toolpost.store import Store

ROUTING = frozenset({b"mcp-protocol-version", b"mcp-method", b"mcp-name"})


class MCP:
    """The ASGI application at `/mcp`; with a store, streams of the handshake era can be taken up again."""

    def __init__(self, host: Host, settings: Http, store: Store | None = None) -> None:
        self._host = host
        self._settings = settings
        self._server = mcp_server(host, settings.state_keys)
        events = Events(store.space("http/events")) if store is not None and not settings.stateless else None
        self._sessions = Sessions(self._server, settings, events)
        self._direct = Direct(host, self._server.offer.server_info_stamp, self._sessions.clients)
        self._sessions.on_end = self._direct.end
        self._sessions.is_busy = self._direct.is_busy

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is open, requests are answered."""
        async with self._sessions.run():
            try:
                yield
            finally:
                await self._sessions.close()

    def count(self) -> int:
        """How many sessions are open."""
        return len(self._sessions.clients)

    async def close_streams(self) -> None:
        """End what would go on for ever, in form; calls under way are left alone."""
        self._server.offer.listening.close()
        self._sessions.close_streams()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Any) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            _refuse_twice(scope)
        scope["user"] = owner(caller_of(scope))
        if scope["method"] == "GET" and b"text/event-stream" not in headers.get(b"accept", b""):
            await self._describe().send(send)
            return
        if scope["method"] != "POST":
            send.release()
            await self._sessions.handle_request(scope, receive, send)
            return
        raw = await body.read(receive, self._settings.body_bytes)
        message = messages.read(raw)
        if (answer := await self._answer(scope, headers, message)) is not None:
            await answer.send(send)
            return
        messages.check(message)
        response = send
        # The SDK notices by itself when a client leaves. Cancelled from outside, it would take back a session whose
        # client has all that it needs, and does not wait for the end of the stream.
        response.release()
        if message.get("method") == "initialize":
            send = self._introducing(message, send)
        try:
            await self._sessions.handle_request(scope, body.again(raw, receive), send)
        finally:
            if not response.is_whole:
                self._sessions.left(headers, message)

    async def _answer(self, scope: dict[str, Any], headers: dict[bytes, bytes], message: Any) -> Answer | None:
        """The answer to what needs no stream."""
        session = headers.get(b"mcp-session-id")
        is_owner = session is not None and self._sessions.is_owner(session, scope)
        if session is not None and is_owner:
            self._refuse_again(session, message)
            if message.get("method") == "notifications/cancelled":
                self._direct.cancel(session, message)
        # A call that may leave its request behind is the SDK's, which knows what the client declares.
        principal = caller_of(scope).principal
        call = self._direct.plain(headers, message, principal)
        if call is None or (self._server.offer.outlives(message) and self._direct.shows(call.name, principal)):
            return None
        if call.stateless:
            return await self._direct.answer(call, message["id"], None, caller_of(scope))
        if session is None or not is_owner:
            return None
        self._sessions.touch(session)
        return await self._direct.answer(call, message["id"], session, caller_of(scope))

    def _refuse_again(self, session: bytes, message: dict[str, Any]) -> None:
        """Refuse an id that is in use: a cancellation of it would reach one of the two."""
        if "id" not in message or "method" not in message:
            return
        if self._direct.runs(session, message["id"]) or self._sessions.runs(session, message["id"]):
            raise Refusal(400, "a request with this id is under way", code=INVALID_REQUEST)

    def _introducing(self, message: dict[str, Any], send: Any) -> Any:
        """Remember who opens a session, once the SDK has let them in."""

        async def introduce(sent: dict[str, Any]) -> None:
            if sent["type"] == "http.response.start" and sent["status"] == 200:
                session = dict(sent["headers"]).get(b"mcp-session-id")
                if session is not None:
                    self._sessions.clients[session] = client_of(_introduction(message), stateless=False)
            await send(sent)

        return introduce

    def _describe(self) -> Answer:
        """What stands at this address, for whoever looks without speaking MCP."""
        said = {
            "name": "toolpost",
            "version": __version__,
            "protocol": "Model Context Protocol",
            "transport": "streamable-http",
            "versions": ["2026-07-28", "2025-11-25", "2025-06-18"],
            "tools": len(self._host.tools),
            "hint": "POST JSON-RPC messages here, as an MCP client does",
        }
        return Answer(200, to_json(said))


def _refuse_twice(scope: dict[str, Any]) -> None:
    """Refuse headers that stand twice, of which one reader would take the first and another the last."""
    names = [name for name, _ in scope["headers"]]
    if any(names.count(name) > 1 for name in ROUTING):
        raise Refusal(400, "a header that may stand once stands twice", code=HEADER_MISMATCH)


def _introduction(message: dict[str, Any]) -> Any:
    params = message.get("params")
    said = params.get("clientInfo") if isinstance(params, dict) else None
    if not isinstance(said, dict):
        return None
    name, version = (str(said.get(key, "")) for key in ("name", "version"))
    return SimpleNamespace(client_info=SimpleNamespace(name=name, version=version))
