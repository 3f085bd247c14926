"""Lines for the client's own log: by session in the handshake era, by request after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from serving import LEGACY, MODERN
from shouting import Shouting

from toolpost import Context, Host, Prompt, Resource, Tool, hookimpl
from toolpost.server.mcp import mcp_server

pytestmark = pytest.mark.filterwarnings("ignore:The logging capability")
LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Talking:
    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.talk), Tool(self.talk_in_thread)]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource("talk://{topic}", self.about)]

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        return [Prompt(self.talk, name="talking")]

    async def talk(self, context: Context) -> str:
        for level in LEVELS:
            await context.log(level, level, "talking")
        return "done"

    def talk_in_thread(self, context: Context) -> str:
        context.blocking.log("error", "from a thread")
        return "done"

    async def about(self, topic: str, context: Context) -> str:
        await context.log("error", topic)
        return topic


class Heard:
    def __init__(self) -> None:
        self.lines: list[Any] = []

    async def __call__(self, params: Any) -> None:
        self.lines.append(params)

    @property
    def texts(self) -> list[str]:
        return [line.data for line in self.lines]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@asynccontextmanager
async def connected(era: str, heard: Heard, *plugins: Any, **options: Any) -> AsyncIterator[Client]:
    async with (
        Host(plugins or [Talking()]) as host,
        Client(mcp_server(host), mode=era, logging_callback=heard, **options) as client,
    ):
        yield client


async def test_a_session_gets_all_but_debugging_until_it_says_otherwise(heard: Heard):
    async with connected(LEGACY, heard) as client:
        await client.call_tool("talk", {})
        assert heard.texts == list(LEVELS[1:])
        assert heard.lines[0].logger == "talking"
        heard.lines.clear()
        await client.set_logging_level("error")
        await client.call_tool("talk", {})
        assert heard.texts == ["error", "critical", "alert", "emergency"]


async def test_the_level_is_each_sessions_own():
    quiet, loud = Heard(), Heard()
    async with (
        Host([Talking()]) as host,
        Client(mcp_server(host), mode=LEGACY, logging_callback=quiet) as one,
        Client(mcp_server(host), mode=LEGACY, logging_callback=loud) as other,
    ):
        await one.set_logging_level("emergency")
        await other.set_logging_level("debug")
        await one.call_tool("talk", {})
        await other.call_tool("talk", {})
    assert (quiet.texts, loud.texts) == (["emergency"], list(LEVELS))


async def test_a_stateless_client_gets_what_its_request_names(heard: Heard):
    async with connected(MODERN, heard) as client:
        await client.call_tool("talk", {})
        assert heard.texts == []
    async with connected(MODERN, heard, log_level="alert") as client:
        await client.call_tool("talk", {})
    assert heard.texts == ["alert", "emergency"]


@pytest.mark.parametrize("era", [LEGACY, MODERN])
async def test_functions_in_threads_resources_and_prompts_talk_too(era: str, heard: Heard):
    options = {"log_level": "error"} if era == MODERN else {}
    async with connected(era, heard, **options) as client:
        await client.call_tool("talk_in_thread", {})
        await client.read_resource("talk://weather")
        await client.get_prompt("talking", {})
    assert heard.texts[:2] == ["from a thread", "weather"]
    assert heard.texts[-1] == "emergency"


async def test_lines_pass_the_layers(heard: Heard):
    async with connected(LEGACY, heard, Shouting(), Talking()) as client:
        await client.call_tool("talk_in_thread", {})
    assert heard.texts == ["FROM A THREAD!"]


async def test_without_a_client_nobody_hears(heard: Heard):
    async with Host([Talking()]) as host:
        assert (await host.call("talk")).text == "done"


async def test_logging_is_declared(heard: Heard):
    async with connected(LEGACY, heard) as client:
        assert client.server_capabilities.logging is not None
