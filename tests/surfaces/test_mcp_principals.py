"""Whoever the edge of HTTP found is whom layers, tools and lists know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from serving import MODERN

from toolpost import Context, Host, Prompt, Resource, Tool, hookimpl
from toolpost.server.mcp import mcp_server

META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
}
FORM = {"method": "elicitation/create"}


@dataclass(frozen=True)
class Caller:
    principal: str
    scopes: frozenset[str] = frozenset({"call"})


@dataclass
class Private:
    """Everybody has `common`, and a thing of their own, by name."""

    listed: list[str] = field(default_factory=list)

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.who, name="common"), *(Tool(self.who, name=name) for name in ("ann", "bob"))]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource(f"home://{name}", self.home, name=name) for name in ("ann", "bob")]

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        return [Prompt(self.home, name=name) for name in ("ann", "bob")]

    @hookimpl
    def middleware(self):
        return self

    async def __call__(self, call: Any, call_next: Any) -> Any:
        return await call_next(call)

    def shows(self, tool: Tool, principal: str) -> bool:
        self.listed.append(principal)
        return tool.name in ("common", principal)

    async def who(self, context: Context, ask: bool = False) -> str:
        if ask:
            await context.confirm("Really?", key="sure")
        return f"{context.principal} {sorted(context.scopes)} {context.surface}"

    async def home(self) -> str:
        return "home"


class Edge:
    """An ASGI application that has found out who calls: the name in a header, for these tests."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = dict(scope["headers"]).get(b"x-name")
        if name is not None:
            scope["toolpost.caller"] = Caller(name.decode())
        await self.app(scope, receive, send)


class Line:
    """Speaks the stateless era to an application."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def __call__(self, caller: str | None, method: str, **params: Any) -> Any:
        name = params.get("name") or params.get("uri")
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": MODERN,
            "mcp-method": method,
            **({"mcp-name": name} if name else {}),
            **({"x-name": caller} if caller else {}),
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
        return (await self.client.post("http://localhost/mcp", json=message, headers=headers)).json()


@asynccontextmanager
async def serving(*plugins: Any) -> AsyncIterator[Line]:
    async with Host(plugins or [Private()]) as host:
        manager = StreamableHTTPSessionManager(mcp_server(host), json_response=True)
        async with (
            manager.run(),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(Edge(manager.asgi_app))) as client,
        ):
            yield Line(client)


def text(answer: Any) -> str:
    return str(answer["result"]["content"][0]["text"])


async def test_a_tool_knows_who_calls_and_what_they_may_do():
    async with serving() as line:
        assert text(await line("ann", "tools/call", name="common")) == "ann ['call'] http"
        assert text(await line(None, "tools/call", name="common")) == "local ['admin', 'call'] mcp"


@pytest.mark.parametrize("kind", ["tools", "resources", "prompts"])
async def test_everyone_has_lists_of_their_own(kind: str):
    async with serving() as line:
        for _ in range(2):
            for name in ("ann", "bob", "eve"):
                result = (await line(name, f"{kind}/list"))["result"]
                assert {item["name"] for item in result[kind]} - {"common"} == {name} - {"eve"}
                assert result["cacheScope"] == "private"


async def test_lists_are_remembered_by_caller_and_so_many():
    private = Private()
    async with serving(private) as line:
        await line("ann", "tools/list")
        private.listed.clear()
        await line("ann", "tools/list")
        assert private.listed == []
        for number in range(200):
            await line(f"number-{number}", "tools/list")
        private.listed.clear()
        await line("ann", "tools/list")
        assert private.listed


async def test_what_is_hidden_is_unknown():
    async with serving() as line:
        for method, thing in (
            ("tools/call", {"name": "bob"}),
            ("prompts/get", {"name": "bob"}),
            ("resources/read", {"uri": "home://bob"}),
        ):
            error = (await line("ann", method, **thing))["error"]
            assert error["code"] == -32602
            assert "unknown" in error["message"]
            # Nor does the hint for what is misspelt name it.
            assert error["message"].count("bob") == 1


async def test_a_state_is_good_for_its_own_caller_alone():
    async with serving() as line:
        arguments = {"ask": True}
        first = (await line("ann", "tools/call", name="common", arguments=arguments))["result"]
        assert first["resultType"] == "input_required"
        brought = {
            "arguments": arguments,
            "inputResponses": {"sure": {"action": "accept", "content": {"confirm": True}}},
            "requestState": first["requestState"],
        }
        for other in ("bob", None):
            assert (await line(other, "tools/call", name="common", **brought))["error"]["code"] == -32602
        assert text(await line("ann", "tools/call", name="common", **brought)) == "ann ['call'] http"
