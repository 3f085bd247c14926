"""`@modelcontextprotocol/server-everything`, of two years and over all transports, through a toolpost host."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import PromptReference, ResourceTemplateReference

from toolpost.testing import Model, Person, connect

from .conftest import Entry, Open

NEW, OLD = "@modelcontextprotocol/server-everything", "server-everything-2025"
WAYS = [(NEW, "stdio"), (NEW, "streamableHttp"), (NEW, "sse"), (OLD, "stdio"), (OLD, "streamableHttp"), (OLD, "sse")]
PATIENCE = 60.0
# What the two versions call the same.
CALLED = {
    "sum": ("get-sum", "add"),
    "image": ("get-tiny-image", "getTinyImage"),
    "structured": ("get-structured-content", "structuredContent"),
    "long": ("trigger-long-running-operation", "longRunningOperation"),
    "sample": ("trigger-sampling-request", "sampleLLM"),
    "elicit": ("trigger-elicitation-request", "startElicitation"),
    "links": ("get-resource-links", "getResourceLinks"),
    "environment": ("get-env", "printEnv"),
    "prompt": ("simple-prompt", "simple_prompt"),
}


@dataclass
class Everything:
    """One version over one transport."""

    package: str
    entry: Entry

    @property
    def is_overtaken(self) -> bool:
        """Whether a result comes by another way than what is told before it."""
        return self.package == OLD and self.entry.get("url", "").endswith("/mcp")

    def name(self, of: str) -> str:
        """What a thing is called here, behind toolpost."""
        return f"all_{CALLED[of][self.package == OLD]}"


@pytest.fixture(params=WAYS, ids=[f"{'old' if package == OLD else 'new'}-{transport}" for package, transport in WAYS])
def server(request: pytest.FixtureRequest, everything: Callable[[str, str], Entry]) -> Everything:
    package, transport = request.param
    return Everything(package, everything(package, transport))


@pytest.fixture
def client(server: Everything, offered: Open, era: Any) -> Any:
    @asynccontextmanager
    async def connected(**peer: Any) -> AsyncIterator[Client]:
        with anyio.fail_after(PATIENCE):
            async with offered(all=server.entry) as host, connect(host, era, **peer) as client:
                yield client

    return connected


async def test_its_tools_are_listed_with_their_own_schemas(server: Everything, client: Any) -> None:
    async with client() as connected:
        tools = {tool.name: tool for tool in (await connected.list_tools()).tools}
        echo = tools["all_echo"].input_schema
        assert echo["properties"]["message"] == {"type": "string", "description": "Message to echo"}
        assert tools[server.name("structured")].output_schema["required"] == ["temperature", "conditions", "humidity"]


async def test_its_tools_are_called(server: Everything, client: Any) -> None:
    async with client() as connected:
        said = await connected.call_tool("all_echo", {"message": "héllo ☂"})
        assert said.content[0].text == "Echo: héllo ☂"
        summed = await connected.call_tool(server.name("sum"), {"a": 2, "b": 40})
        assert "42" in summed.content[0].text


async def test_its_structured_content_comes_through(server: Everything, client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool(server.name("structured"), {"location": "Chicago"})
        assert set(result.structured_content) == {"temperature", "conditions", "humidity"}
        assert json.loads(result.content[0].text) == result.structured_content


async def test_its_picture_comes_through(server: Everything, client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool(server.name("image"), {})
        pictures = [block for block in result.content if block.type == "image"]
        assert base64.b64decode(pictures[0].data).startswith(b"\x89PNG")


async def test_its_links_name_resources_that_can_be_read_here(server: Everything, client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool(server.name("links"), {"count": 2})
        links = [block for block in result.content if block.type == "resource_link"]
        assert len(links) == 2
        for link in links:
            assert (await connected.read_resource(link.uri)).contents


async def test_its_progress_comes_through(server: Everything, client: Any) -> None:
    seen: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total))

    async with client() as connected:
        arguments = {"duration": 0.3, "steps": 3}
        result = await connected.call_tool(server.name("long"), arguments, progress_callback=progress)
    assert "completed" in result.content[0].text
    # The one of 2025 tells it on its other stream over HTTP, where the result may overtake what was told last.
    last = 2 if server.is_overtaken else 3
    assert seen[:last] == [(1, 3), (2, 3), (3, 3)][:last]


async def test_it_asks_the_callers_model(server: Everything, client: Any) -> None:
    # The one of 2025 also asks whenever somebody subscribes to a resource of its own.
    model = Model(*["a limerick"] * 200)
    async with client(model=model) as connected:
        result = await connected.call_tool(server.name("sample"), {"prompt": "rhyme", "maxTokens": 50})
    assert "a limerick" in result.content[0].text
    assert any("rhyme" in blocks[0].text for blocks in model.asked)


async def test_it_asks_the_person(server: Everything, client: Any) -> None:
    person = Person(lambda message: {"name": "Ada", "color": "red", "number": 7, "pets": "cats"})
    async with client(person=person) as connected:
        result = await connected.call_tool(server.name("elicit"), {})
    assert len(person.asked) == 1
    assert "provided" in result.content[0].text


async def test_a_person_who_declines_is_a_no_to_it(server: Everything, client: Any) -> None:
    async with client(person=Person(None)) as connected:
        result = await connected.call_tool(server.name("elicit"), {})
    assert "decline" in result.content[0].text


async def test_its_resources_are_listed_and_read(server: Everything, client: Any) -> None:
    async with client() as connected:
        resources = (await connected.list_resources()).resources
        first = (await connected.read_resource(resources[0].uri)).contents[0]
        assert first.text
        template = (await connected.list_resource_templates()).resource_templates[0].uri_template
        name = template[template.index("{") : template.index("}") + 1]
        assert (await connected.read_resource(template.replace(name, "1"))).contents[0].text


async def test_its_prompts_are_listed_and_got(server: Everything, client: Any) -> None:
    async with client() as connected:
        names = [prompt.name for prompt in (await connected.list_prompts()).prompts]
        assert server.name("prompt") in names
        got = await connected.get_prompt(server.name("prompt"))
        assert got.messages[0].content.text.startswith("This is a simple prompt")


async def test_it_completes_arguments_of_prompts(server: Everything, client: Any) -> None:
    name, argument, value, wanted = {
        NEW: ("all_completable-prompt", "department", "E", "Engineering"),
        OLD: ("all_complex_prompt", "style", "f", "formal"),
    }[server.package]
    async with client() as connected:
        found = await connected.complete(
            PromptReference(type="ref/prompt", name=name), {"name": argument, "value": value}
        )
    assert wanted in found.completion.values


async def test_it_completes_addresses_of_resources(server: Everything, client: Any) -> None:
    async with client() as connected:
        template = (await connected.list_resource_templates()).resource_templates[0].uri_template
        argument = template[template.index("{") + 1 : template.index("}")]
        reference = ResourceTemplateReference(type="ref/resource", uri=template)
        found = await connected.complete(reference, {"name": argument, "value": "1"})
    assert "1" in found.completion.values


async def test_it_sees_nothing_of_our_environment(
    server: Everything, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "url" in server.entry:
        pytest.skip("it was not started by toolpost")
    for name in ("OPENAI_API_KEY", "TOOLPOST_SECRET", "SOME_TOKEN"):
        monkeypatch.setenv(name, "hunter2hunter2")
    server.entry = {**server.entry, "env": {"DECLARED": "yes"}}
    async with client() as connected:
        said = (await connected.call_tool(server.name("environment"), {})).content[0].text
    assert "hunter2" not in said
    assert json.loads(said)["DECLARED"] == "yes"


async def test_wrong_arguments_are_its_own_to_refuse(server: Everything, client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool(server.name("sum"), {"a": "x"})
    assert result.is_error
    assert "expected number" in result.content[0].text.lower()


async def test_many_calls_at_once_get_their_own_answers(server: Everything, client: Any) -> None:
    answers: dict[int, str] = {}

    async with client() as connected:

        async def call(number: int) -> None:
            answers[number] = (await connected.call_tool("all_echo", {"message": str(number)})).content[0].text

        async with anyio.create_task_group() as tasks:
            for number in range(40):
                tasks.start_soon(call, number)
    assert answers == {number: f"Echo: {number}" for number in range(40)}
