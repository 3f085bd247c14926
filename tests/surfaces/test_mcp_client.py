"""The SDK's own client, in both eras: in memory, and over stdio against the real process."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from hostile_plugins import PNG, Hostile
from mcp import Client, MCPError, StdioServerParameters
from serving import CONFIG, LEGACY, MODERN, environment

from toolpost import Host
from toolpost.middleware.validation import Validation
from toolpost.server.mcp import mcp_server

INVALID_PARAMS, NOT_FOUND = -32602, -32002


@pytest.fixture(params=[LEGACY, MODERN])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["memory", "stdio"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(way: str, era: str, anyio_backend: str, tmp_path: Path) -> Any:
    """Opens a client of this era, on this event loop, to the hostile plugins."""

    @asynccontextmanager
    async def connected(**options: Any) -> AsyncIterator[Client]:
        if way == "memory":
            async with Host([Validation(), Hostile()]) as host, Client(mcp_server(host), mode=era, **options) as client:
                yield client
        else:
            arguments = ["-m", "toolpost", "serve", "--backend", anyio_backend]
            env = environment(tmp_path, CONFIG)
            server = StdioServerParameters(command=sys.executable, args=arguments, env=env, cwd=tmp_path)
            async with Client(server, mode=era, **options) as client:
                yield client

    return connected


async def test_a_client_finds_what_there_is_and_calls_it(connect: Any, era: str):
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools["echo"].description == "Say it back."
        assert tools["echo"].input_schema["properties"] == {"text": {"type": "string", "default": ""}}
        assert tools["counts"].output_schema == (
            {"type": "object", "properties": {"result": {"type": "integer"}}, "required": ["result"]}
        )
        result = await client.call_tool("echo", {"text": "hi"})
        assert (result.is_error, [block.text for block in result.content]) == (False, ["hi"])
        assert (await client.list_tools()).tools == list(tools.values())

        who = await client.call_tool("who", {})
        assert who.structured_content["era"] == ("handshake" if era == LEGACY else "stateless")
        assert who.structured_content["surface"] == "mcp"

        media = (await client.call_tool("media", {})).content
        assert [block.type for block in media] == ["text", "image", "audio", "resource_link", "resource", "resource"]
        assert base64.b64decode(media[1].data) == PNG
        assert media[3].uri == "file:///x.txt"
        assert media[4].resource.text == "why"
        assert base64.b64decode(media[5].resource.blob) == b"\0\1"


async def test_failures_take_the_form_that_fits_them(connect: Any):
    async with connect() as client:
        wrong = await client.call_tool("echo", {"txt": "hi"})
        assert wrong.is_error
        assert "did you mean 'text'?" in wrong.content[0].text
        crashed = await client.call_tool("raises", {"kind": "SystemExit"})
        assert crashed.is_error
        assert "reference" in crashed.content[0].text
        with pytest.raises(MCPError, match="unknown tool 'ecko'; did you mean 'echo'") as unknown:
            await client.call_tool("ecko", {})
        assert unknown.value.error.code == INVALID_PARAMS
        with pytest.raises(MCPError) as nowhere:
            await client.read_resource("hostile://nowhere")
        assert nowhere.value.error.code == (INVALID_PARAMS if client.protocol_version >= MODERN else NOT_FOUND)
        assert nowhere.value.error.data == {"uri": "hostile://nowhere"}
        with pytest.raises(MCPError) as unsaid:
            await client.get_prompt("review", {})
        assert unsaid.value.error.code == INVALID_PARAMS
        assert not (await client.call_tool("echo", {})).is_error


async def test_resources_and_prompts_are_listed_and_answered(connect: Any):
    async with connect() as client:
        resources = (await client.list_resources()).resources
        assert {str(resource.uri) for resource in resources} == {"hostile://text", "hostile://blob"}
        templates = (await client.list_resource_templates()).resource_templates
        assert "hostile://says/{what}" in {template.uri_template for template in templates}
        text = (await client.read_resource("hostile://text")).contents[0]
        assert (text.text, text.mime_type, str(text.uri)) == ("a text to read", "text/plain", "hostile://text")
        assert (await client.read_resource("hostile://says/this")).contents[0].text == "this"
        assert base64.b64decode((await client.read_resource("hostile://blob")).contents[0].blob) == PNG

        review = next(prompt for prompt in (await client.list_prompts()).prompts if prompt.name == "review")
        assert [(one.name, one.required) for one in review.arguments] == [("language", True), ("style", False)]
        filled = await client.get_prompt("review", {"language": "Python"})
        assert filled.messages[0].content.text == "Review this Python, and be kind."


async def test_progress_comes_while_the_call_runs(connect: Any):
    seen: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async with connect() as client:
        result = await client.call_tool("counts", {"to": 3}, progress_callback=note)
        assert result.structured_content == {"result": 3}
        assert sorted(seen) == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


async def test_cancelling_at_the_client_reaches_the_tool(connect: Any):
    async with connect() as client, anyio.create_task_group() as tasks:
        under_way = anyio.Event()

        async def begun(progress: float, total: float | None, message: str | None) -> None:
            under_way.set()

        async def call(scope: anyio.CancelScope) -> None:
            with scope:
                await client.call_tool("waits", {"name": "mine"}, progress_callback=begun)

        scope = anyio.CancelScope()
        tasks.start_soon(call, scope)
        await under_way.wait()
        scope.cancel()
        cancelled: list[str] = []
        while not cancelled:
            cancelled = (await client.call_tool("cancelled_so_far", {})).structured_content["result"]
        assert cancelled[0].startswith("mine:Cancelled")
        assert not (await client.call_tool("echo", {})).is_error
