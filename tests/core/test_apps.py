"""MCP Apps: pages are announced in both eras, and no tool names a page that nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mcp
import pytest

from toolpost import Host, Resource, Tool, ToolCall, ToolResult, hookimpl
from toolpost.primitives import PRIMITIVE
from toolpost.server.mcp import mcp_server
from toolpost.server.wire import APP_TYPE, APPS

PAGE = "ui://clock/app"
META = {"ui": {"prefersBorder": True}}


class Clock:
    """A tool with a page; `page` is where the tool says the page is."""

    def __init__(self, page: str = PAGE) -> None:
        self.meta: Mapping[str, Any] = {"ui": {"resourceUri": page}, "ui/resourceUri": page, "clock": 1}

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.time, meta=self.meta)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource(PAGE, self.app, mime_type=APP_TYPE, meta=META)]

    async def time(self) -> str:
        return "noon"

    async def app(self) -> str:
        return "<!doctype html><title>Clock</title>"


class Seeing:
    """A layer that remembers what it was called for."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    @hookimpl
    def middleware(self):
        return self.see

    async def see(self, call: ToolCall, call_next: Any) -> ToolResult:
        self.seen.append((call.tool.meta or {}).get(PRIMITIVE))
        return await call_next(call)


@pytest.fixture(params=["legacy", "2026-07-28"])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_page_is_listed_and_read(era: str):
    async with Host([Clock()]) as host, mcp.Client(mcp_server(host), mode=era) as client:
        tool = (await client.list_tools()).tools[0]
        listed = (await client.list_resources()).resources[0]
        read = (await client.read_resource(PAGE)).contents[0]
    assert tool.meta == {"ui": {"resourceUri": PAGE}, "ui/resourceUri": PAGE, "clock": 1}
    assert (listed.mime_type, listed.meta) == (APP_TYPE, META)
    assert (read.mime_type, read.meta) == (APP_TYPE, META)


async def test_a_page_that_nobody_has_is_not_named(era: str):
    async with Host([Clock("ui://elsewhere/app")]) as host, mcp.Client(mcp_server(host), mode=era) as client:
        assert (await client.list_tools()).tools[0].meta == {"clock": 1}


async def test_the_extension_is_announced_by_a_host_with_pages():
    # Up to 2025-11-25 the wire has no word for extensions: clients go by the tools.
    async with Host([Clock()]) as host, mcp.Client(mcp_server(host)) as client:
        assert client.server_capabilities.extensions == {APPS: {}}
    async with Host([Seeing()]) as host, mcp.Client(mcp_server(host)) as client:
        assert not client.server_capabilities.extensions


async def test_a_layer_can_tell_a_resource_from_a_tool():
    seeing = Seeing()
    async with Host([seeing, Clock()]) as host:
        await host.read(PAGE)
        await host.call("time")
    assert seeing.seen == ["resource", None]
