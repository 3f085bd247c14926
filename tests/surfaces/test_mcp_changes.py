"""What is offered may change while clients are connected, and those who want to hear of it do."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ToolsListChanged
from mcp_types import SubscriptionFilter, SubscriptionsListenRequest, SubscriptionsListenRequestParams
from serving import LEGACY, MODERN, environment

from toolpost import Changes, Host, Prompt, Resource, Tool, hookimpl
from toolpost.server.mcp import HostServer, mcp_server

pytestmark = pytest.mark.filterwarnings("ignore:resources/")
PATIENCE = 30
FIXTURES = Path(__file__).parents[1] / "conformance" / "fixtures"


@dataclass
class Growing:
    """What it offers grows; `hidden` is the name of a resource that no caller has."""

    changes: Changes
    hidden: str = ""
    names: list[str] = field(default_factory=lambda: ["first"])

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.work, name=name) for name in self.names]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource(f"grow://{name}", self.work, name=name) for name in self.names]

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        return [Prompt(self.work, name=name) for name in self.names]

    @hookimpl
    def middleware(self):
        return self if self.hidden else None

    async def __call__(self, call: Any, call_next: Any) -> Any:
        return await call_next(call)

    def shows(self, tool: Tool, principal: str) -> bool:
        return tool.name != self.hidden

    async def work(self) -> str:
        return "done"

    async def grow(self, *kinds: str) -> None:
        self.names.append(f"number-{len(self.names)}")
        for kind in kinds:
            await getattr(self.changes, kind)(self)


class Heard:
    """The notifications that reached a client, as they come."""

    def __init__(self) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[Any](100)

    async def __call__(self, message: Any) -> None:
        if not isinstance(message, Exception):
            self._send.send_nowait(message)

    async def next(self) -> Any:
        with anyio.fail_after(PATIENCE):
            return await self._receive.receive()

    @property
    def waiting(self) -> int:
        return self._receive.statistics().current_buffer_used


@pytest.fixture
def growing() -> Growing:
    return Growing(Changes())


@asynccontextmanager
async def connected(era: str, growing: Growing, **options: Any) -> AsyncIterator[tuple[Client, HostServer]]:
    async with Host([growing], changes=growing.changes) as host:
        server = mcp_server(host)
        async with Client(server, mode=era, **options) as client:
            yield client, server


async def test_sessions_hear_of_lists(growing: Growing):
    heard = Heard()
    async with connected(LEGACY, growing, message_handler=heard) as (client, _):
        assert [tool.name for tool in (await client.list_tools()).tools] == ["first"]
        for kind in ("tools", "resources", "prompts"):
            await growing.grow(kind)
            assert (await heard.next()).method == f"notifications/{kind}/list_changed"
        assert [tool.name for tool in (await client.list_tools()).tools] == ["first", "number-1"]
        assert len((await client.list_resources()).resources) == 3
        assert len((await client.list_prompts()).prompts) == 4


async def test_sessions_hear_of_the_resources_that_they_watch(growing: Growing):
    heard = Heard()
    async with connected(LEGACY, growing, message_handler=heard) as (client, _):
        await client.subscribe_resource("grow://first")
        await growing.changes.updated("grow://other")
        await growing.changes.updated("grow://first")
        told = await heard.next()
        assert (told.method, told.params.uri) == ("notifications/resources/updated", "grow://first")
        await client.unsubscribe_resource("grow://first")
        await growing.changes.updated("grow://first")
        await growing.grow("tools")
        assert (await heard.next()).method == "notifications/tools/list_changed"
        assert heard.waiting == 0


async def test_what_a_client_does_not_have_it_cannot_watch():
    growing = Growing(Changes(), hidden="first")
    async with connected(LEGACY, growing) as (client, _):
        for uri in ("grow://first", "grow://nothing"):
            with pytest.raises(MCPError) as unknown:
                await client.subscribe_resource(uri)
            assert (unknown.value.error.code, unknown.value.error.data) == (-32002, {"uri": uri})


async def test_a_client_watches_so_many_and_no_more(growing: Growing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost.server.watching.WATCHED", 1)
    await growing.grow("resources")
    async with connected(LEGACY, growing) as (client, _):
        await client.subscribe_resource("grow://first")
        await client.subscribe_resource("grow://first")
        with pytest.raises(MCPError, match="may watch 1 resources"):
            await client.subscribe_resource("grow://number-1")


async def test_a_session_that_has_ended_is_forgotten(growing: Growing):
    async with Host([growing], changes=growing.changes) as host:
        server = mcp_server(host)
        for _ in range(3):
            async with Client(server, mode=LEGACY) as client:
                await client.list_tools()
        assert not host.changes._subscriptions


async def test_a_stream_hears_of_what_it_asked_for_alone(growing: Growing):
    async with (
        connected(MODERN, growing) as (client, _),
        client.listen(tools_list_changed=True, resource_subscriptions=["grow://first", "grow://nothing"]) as stream,
    ):
        assert stream.honored.resource_subscriptions == ["grow://first"]
        assert stream.honored.prompts_list_changed is None
        await growing.grow("prompts", "resources")
        await growing.changes.updated("grow://nothing")
        await growing.grow("tools")
        with anyio.fail_after(PATIENCE):
            assert await anext(stream) == ToolsListChanged()
            await growing.changes.updated("grow://first")
            assert await anext(stream) == ResourceUpdated("grow://first")
        assert len((await client.list_tools()).tools) == 3


async def test_a_stream_may_ask_for_all(growing: Growing):
    async with (
        connected(MODERN, growing) as (client, _),
        client.listen(prompts_list_changed=True, resources_list_changed=True) as stream,
    ):
        await growing.grow("prompts", "resources")
        with anyio.fail_after(PATIENCE):
            assert [await anext(stream), await anext(stream)] == [PromptsListChanged(), ResourcesListChanged()]


async def test_a_stream_that_is_closed_here_says_that_it_was_meant(growing: Growing):
    async with (
        connected(MODERN, growing) as (client, server),
        client.listen(tools_list_changed=True) as stream,
    ):
        server.offer.listening.close()
        with anyio.fail_after(PATIENCE):
            assert [event async for event in stream] == []


async def test_a_stream_that_is_left_is_forgotten(growing: Growing):
    async with Host([growing], changes=growing.changes) as host:
        server = mcp_server(host)
        async with Client(server, mode=MODERN) as client:
            for _ in range(3):
                async with client.listen(tools_list_changed=True):
                    pass
        assert not server.offer.listening._streams
        assert not host.changes._subscriptions


async def test_so_many_streams_and_no_more(growing: Growing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost.server.listening.STREAMS", 1)
    async with connected(MODERN, growing) as (client, _), client.listen(tools_list_changed=True):
        params = SubscriptionsListenRequestParams(notifications=SubscriptionFilter(tools_list_changed=True))
        with pytest.raises(MCPError, match="listen already"):
            await client.session.send_request(SubscriptionsListenRequest(params=params), Any)


@pytest.mark.parametrize("era", [LEGACY, "auto"])
async def test_that_lists_change_is_declared(era: str, growing: Growing):
    async with connected(era, growing) as (client, _):
        offered = client.server_capabilities
    assert offered.tools.list_changed
    assert offered.prompts.list_changed
    assert offered.resources.list_changed
    assert offered.resources.subscribe


async def test_what_begins_to_exist_is_served_from_then_on():
    growing = Growing(Changes(), names=[])
    async with connected(LEGACY, growing) as (client, _):
        assert client.server_capabilities.prompts is None
        await growing.grow("prompts")
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["number-0"]


@pytest.mark.parametrize("era", [LEGACY, MODERN])
async def test_clients_over_pipes_hear_of_it_too(era: str, anyio_backend: str, tmp_path: Path):
    heard = Heard()
    surroundings = environment(tmp_path, "[plugins.conformance-changes]\n") | {"PYTHONPATH": str(FIXTURES)}
    arguments = ["-m", "toolpost", "serve", "--backend", anyio_backend]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=surroundings, cwd=tmp_path)
    async with Client(server, mode=era, message_handler=heard) as client:
        assert "test_tool_of_now" not in [tool.name for tool in (await client.list_tools()).tools]
        if era == LEGACY:
            await client.call_tool("test_trigger_tool_change", {})
            assert (await heard.next()).method == "notifications/tools/list_changed"
        else:
            async with client.listen(tools_list_changed=True) as stream:
                await client.call_tool("test_trigger_prompt_change", {})
                await client.call_tool("test_trigger_tool_change", {})
                with anyio.fail_after(PATIENCE):
                    assert await anext(stream) == ToolsListChanged()
        assert "test_tool_of_now" in [tool.name for tool in (await client.list_tools()).tools]
