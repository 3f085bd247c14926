"""`tools/call` without the detour: what needs no stream is answered where it arrives.

The SDK's transports hand each request through streams and tasks of their own,
so that it may report and ask while it runs. A tool that does not know its
surroundings can do neither. What is not plain in every respect goes the SDK's
way, errors included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import anyio
from mcp.shared.inbound import x_mcp_header_map
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INVALID_PARAMS,
    PROTOCOL_VERSION_META_KEY,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic_core import to_json

from toolpost.errors import ToolError, UnknownTool
from toolpost.host import Host
from toolpost.http.caller import Caller
from toolpost.http.refusal import JSON, Answer, Pairs
from toolpost.server import wire
from toolpost.server.calls import PLAIN, SERVER_INFO
from toolpost.server.clients import client_of
from toolpost.tools.context import Client, Context
from toolpost.tools.tool import Tool

Message = dict[str, Any]
Headers = Mapping[bytes, bytes]
Key = TypeVar("Key")

ACCEPTED = frozenset({b"application/json, text/event-stream", b"text/event-stream, application/json", b"*/*"})
ENVELOPE = frozenset({PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY})
# The SDK's own answer to a request that its client cancelled, which the older transport must end somehow.
REQUEST_CANCELLED = -32800
HANDSHAKE = frozenset({b"2025-06-18", b"2025-11-25"})
STATELESS = frozenset(version.encode() for version in MODERN_PROTOCOL_VERSIONS)


@dataclass(frozen=True)
class Plain:
    """A call that is plain: of which tool name, with what, by which client, and in which era."""

    name: str
    arguments: dict[str, Any]
    client: Client
    stateless: bool


class Direct:
    """Answers plain calls of a host; `clients` has those of the handshake era by their sessions."""

    def __init__(self, host: Host, server_info: dict[str, Any], clients: Mapping[bytes, Client]) -> None:
        self._host = host
        self._stamp = {SERVER_INFO: server_info}
        self._clients = clients
        self._quiet: WeakKeyDictionary[Tool, bool] = WeakKeyDictionary()
        self._gathered: Mapping[str, Tool] = {}
        self._running: dict[tuple[bytes, Any], anyio.CancelScope] = {}

    def plain(self, headers: Headers, message: Message, principal: str) -> Plain | None:
        """The call in a message, if it is plain and nothing about it can need a stream.

        What a caller may not see is as plain as what is not there: they cannot be told apart.
        """
        params = message.get("params")
        if (
            message.get("method") != "tools/call"
            or "id" not in message
            or type(params) is not dict
            or not params.keys() <= PLAIN
            or type(params.get("name")) is not str
            or type(params.get("arguments", {})) is not dict
            or headers.get(b"accept") not in ACCEPTED
            or headers.get(b"content-type") != b"application/json"
        ):
            return None
        if self._gathered is not self._host.tools:
            self._quiet.clear()
            self._gathered = self._host.tools
        tool = self._gathered.get(params["name"])
        if tool is not None and not self._is_quiet(tool) and self.shows(tool.name, principal):
            return None
        client, stateless = self._client(headers, params)
        return Plain(params["name"], params.get("arguments", {}), client, stateless) if client else None

    async def answer(self, call: Plain, message_id: Any, session: bytes | None, caller: Caller) -> Answer:
        """Call, and put the answer into its wire form."""
        context = Context(caller.principal, call.client, "http", caller.scopes)
        headers = (JSON, (b"mcp-session-id", session)) if session else (JSON,)
        try:
            result = await self._call(call, message_id, session, context)
        except UnknownTool as error:
            return _error(400 if call.stateless else 200, message_id, INVALID_PARAMS, str(error), headers)
        if result is None:
            return _error(200, message_id, REQUEST_CANCELLED, "Request cancelled", headers)
        if call.stateless:
            result["_meta"] = {**result.get("_meta", {}), **self._stamp}
        return Answer(200, to_json({"jsonrpc": "2.0", "id": message_id, "result": result}), headers)

    def shows(self, name: str, principal: str) -> bool:
        """Whether there is such a tool for a caller."""
        tool = self._host.tools.get(name)
        return tool is not None and self._host.offers.shows(tool, principal)

    def runs(self, session: bytes, message_id: Any) -> bool:
        """Whether a call of this id is under way here in a session."""
        return (session, message_id) in self._running

    def is_busy(self, session: bytes) -> bool:
        """Whether any call of a session is under way here."""
        return any(owner == session for owner, _ in self._running)

    def cancel(self, session: bytes, message: Message) -> None:
        """End the call that a notification of the handshake era names, if it runs here."""
        params = message.get("params")
        wanted = params.get("requestId") if type(params) is dict else None
        scope = self._running.get((session, wanted)) if type(wanted) in (str, int) else None
        if scope is not None:
            scope.cancel()

    def end(self, session: bytes) -> None:
        """End all calls of a session."""
        for scope in [scope for (owner, _), scope in self._running.items() if owner == session]:
            scope.cancel()

    async def _call(self, call: Plain, message_id: Any, session: bytes | None, context: Context) -> Any:
        """The result in wire form; None if the client cancelled it."""
        if session is None:
            return await self._result(call, context)
        with self._cancellable((session, message_id)) as scope:
            return await self._result(call, context)
        assert scope.cancelled_caught
        return None

    async def _result(self, call: Plain, context: Context) -> Any:
        try:
            answer = await self._host.call(call.name, call.arguments, context)
        except ToolError as error:
            return wire.error(error, stateless=call.stateless)
        return wire.result(answer, stateless=call.stateless)

    @contextmanager
    def _cancellable(self, key: tuple[bytes, Any]) -> Iterator[anyio.CancelScope]:
        with anyio.CancelScope() as scope:
            self._running[key] = scope
            try:
                yield scope
            finally:
                if self._running.get(key) is scope:
                    del self._running[key]

    def _is_quiet(self, tool: Tool) -> bool:
        """Whether a tool neither asks nor reports, nor wants arguments repeated in headers (`x-mcp-header`)."""
        found = self._quiet.get(tool)
        if found is None:
            found = self._quiet[tool] = not self._host.asks(tool) and not x_mcp_header_map(tool.input_schema)
        return found

    def _client(self, headers: Headers, params: Message) -> tuple[Client | None, bool]:
        version, meta = headers.get(b"mcp-protocol-version"), params.get("_meta")
        if version in HANDSHAKE:
            session = headers.get(b"mcp-session-id")
            return (self._clients.get(session) if session and not meta else None), False
        if version not in STATELESS or type(meta) is not dict or not meta.keys() <= ENVELOPE:
            return None, True
        plain = (
            headers.get(b"mcp-method") == b"tools/call"
            and params["name"].isascii()
            and headers.get(b"mcp-name") == params["name"].encode()
            and meta.get(PROTOCOL_VERSION_META_KEY) == version.decode()
            and type(meta.get(CLIENT_CAPABILITIES_META_KEY)) is dict
            and not any(name.startswith(b"mcp-param-") for name in headers)
        )
        return (_introduced(meta.get(CLIENT_INFO_META_KEY)) if plain else None), True


def _error(status: int, message_id: Any, code: int, text: str, headers: Pairs) -> Answer:
    error = {"code": code, "message": text}
    return Answer(status, to_json({"jsonrpc": "2.0", "id": message_id, "error": error}), tuple(headers))


def _introduced(said: Any) -> Client | None:
    """The client of an envelope; None where the SDK must say what is wrong with it."""
    if said is None:
        return client_of(None, stateless=True)
    if type(said) is not dict or said.keys() != {"name", "version"} or not all(type(v) is str for v in said.values()):
        return None
    return client_of(SimpleNamespace(client_info=SimpleNamespace(**said)), stateless=True)
