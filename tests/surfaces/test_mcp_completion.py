"""`completion/complete`: suggestions from plugins, through the layers that stand around everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import PromptReference, ResourceTemplateReference
from serving import LEGACY, MODERN

from toolpost import Host, PluginError, Prompt, Refused, Resource, ToolCall, hookimpl
from toolpost.server.mcp import mcp_server

REVIEW = PromptReference(name="review")
NOTES = ResourceTemplateReference(uri="notes://{owner}/{name}")


class Reviews:
    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        complete = {"language": ["Python", "PHP", "Rust"], "file": self.files, "number": self.numbers}
        return [Prompt(self.review, complete=complete), Prompt(self.plain)]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource("notes://{owner}/{name}", self.note, complete={"name": self.names})]

    async def review(self, language: str, file: str, number: str = "") -> str:
        """Ask for a review."""
        return f"Review {file}"

    async def plain(self, topic: str) -> str:
        return topic

    async def files(self, value: str, arguments: Mapping[str, str]) -> list[str]:
        return [f"{value}.{arguments.get('language', 'txt')}"]

    def numbers(self, value: str) -> Iterable[str]:
        return (str(number) for number in range(250))

    async def names(self, value: str) -> list[str]:
        return [f"{value}1", f"{value}2"]

    async def note(self, owner: str, name: str) -> str:
        return name


class Guard:
    """A layer that remembers what was asked, and refuses where it is told to."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.seen: list[ToolCall] = []

    @hookimpl
    def middleware(self):
        return self

    async def __call__(self, call: ToolCall, call_next: Any) -> Any:
        self.seen.append(call)
        if self.refuses:
            raise Refused("not for you")
        return await call_next(call)


@pytest.fixture(params=[LEGACY, MODERN])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def connected(era: str, *plugins: Any) -> AsyncIterator[Client]:
    async with Host(plugins or [Reviews()]) as host, Client(mcp_server(host), mode=era) as client:
        yield client


async def values(client: Client, ref: Any, name: str, value: str, given: dict[str, str] | None = None) -> list[str]:
    return (await client.complete(ref, {"name": name, "value": value}, given)).completion.values


async def test_values_that_begin_with_what_was_typed_are_suggested(era: str):
    async with connected(era) as client:
        assert await values(client, REVIEW, "language", "p") == ["Python", "PHP"]
        assert await values(client, REVIEW, "language", "") == ["Python", "PHP", "Rust"]


async def test_a_function_knows_what_is_filled_in_already(era: str):
    async with connected(era) as client:
        assert await values(client, REVIEW, "file", "main") == ["main.txt"]
        assert await values(client, REVIEW, "file", "main", {"language": "py"}) == ["main.py"]
        assert await values(client, NOTES, "name", "a") == ["a1", "a2"]


async def test_at_most_a_hundred_are_sent(era: str):
    async with connected(era) as client:
        completion = (await client.complete(REVIEW, {"name": "number", "value": ""})).completion
    assert (len(completion.values), completion.total, completion.has_more) == (100, 250, True)


async def test_what_nobody_completes_has_no_suggestions(era: str):
    async with connected(era) as client:
        assert await values(client, PromptReference(name="plain"), "topic", "x") == []
        assert await values(client, NOTES, "owner", "x") == []


async def test_what_is_unknown_is_an_error(era: str):
    async with connected(era) as client:
        for ref in (PromptReference(name="nothing"), ResourceTemplateReference(uri="notes://nowhere")):
            with pytest.raises(MCPError) as unknown:
                await values(client, ref, "x", "y")
            assert unknown.value.error.code == -32602


async def test_it_is_declared_where_there_is_something_to_complete(era: str):
    # A client that is told the version to speak does not ask what there is.
    era = LEGACY if era == LEGACY else "auto"
    async with connected(era) as client:
        assert client.server_capabilities.completions is not None
    async with connected(era, Guard()) as client:
        assert client.server_capabilities.completions is None
        with pytest.raises(MCPError) as unknown:
            await values(client, REVIEW, "language", "p")
    assert unknown.value.error.code == -32601


async def test_layers_stand_around_it_as_around_the_prompt_itself(era: str):
    guard = Guard()
    async with connected(era, guard, Reviews()) as client:
        await values(client, REVIEW, "language", "p")
    (call,) = guard.seen
    assert (call.tool.name, call.tool.plugin, call.tool.meta) == ("review", "reviews", {"toolpost/primitive": "prompt"})
    assert call.arguments["value"] == "p"
    async with connected(era, Guard(refuses=True), Reviews()) as client:
        with pytest.raises(MCPError, match="not for you"):
            await values(client, REVIEW, "language", "p")


async def test_a_prompt_that_a_caller_does_not_have_completes_nothing(era: str):
    class Hiding:
        @hookimpl
        def middleware(self):
            return self

        async def __call__(self, call: Any, call_next: Any) -> Any:
            return await call_next(call)

        def shows(self, tool: Any, principal: str) -> bool:
            return tool.name != "review"

    async with connected(era, Hiding(), Reviews()) as client:
        with pytest.raises(MCPError, match="nothing here is called 'review'"):
            await values(client, REVIEW, "language", "p")


def test_a_completer_of_no_argument_is_the_plugins_mistake():
    with pytest.raises(PluginError, match="prompt 'review' completes 'tongue'"):
        Prompt(Reviews().review, complete={"tongue": []})
    with pytest.raises(PluginError, match="completes 'tongue'"):
        Resource("notes://{owner}/{name}", Reviews().note, complete={"tongue": []})
