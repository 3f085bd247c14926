"""Tools, resources and prompts of a server, in each transport and era, as a client of toolpost has them."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from hosting import FRIENDLY, HOSTILE, child, hosting, plugin_of, until
from mcp_types import ImageContent, TextContent

from toolpost import Context, MissingCapability, Refused
from toolpost.testing import ERAS, Model, Person, connect

pytestmark = pytest.mark.anyio


async def test_a_tool_answers_as_its_server_does(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host, connect(host) as client:
        result = await client.call_tool("one_echo", {"text": "grüß dich"})
        assert result.content == [TextContent(type="text", text="grüß dich")]


async def test_schemas_and_nature_are_the_servers_own(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host:
        echo, add = host.tools["one_echo"], host.tools["one_add"]
        assert (echo.words, echo.read_only, echo.open_world, echo.destructive) == ("Say it back.", True, False, None)
        assert echo.input_schema["properties"] == {"text": {"title": "Text", "type": "string"}}
        assert add.output_schema is not None


async def test_structured_content_and_pictures_come_through(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host, connect(host) as client:
        assert (await client.call_tool("one_add", {"first": 1, "second": 2})).structured_content == {"result": 3}
        picture = (await client.call_tool("one_picture", {})).content[0]
        assert isinstance(picture, ImageContent)
        assert picture.mime_type == "image/png"


async def test_strange_names_become_valid_ones(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host:
        (name,) = (name for name in host.tools if "strange" in name)
        assert (await host.call(name)).text == "strange"
        assert name.isascii()


async def test_progress_reaches_the_caller(friendly: dict[str, Any]) -> None:
    said: list[tuple[float, float | None, str | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        said.append((progress, total, message))

    async with hosting({"one": friendly}) as host, connect(host) as client:
        result = await client.call_tool("one_steps", {}, progress_callback=heard)
        assert result.content == [TextContent(type="text", text="done")]
        assert said == [(1, 2, "half"), (2, 2, "whole")]


async def test_what_the_caller_cancels_ends_at_the_server(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host:
        with anyio.move_on_after(0.3):
            await host.call("one_wait")

        async def is_remembered() -> bool:
            return "cancelled" in (await host.call("one_remembered")).text

        with anyio.fail_after(5):
            while not await is_remembered():
                await anyio.sleep(0.01)


async def test_a_failure_is_told_in_the_servers_words(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host, connect(host) as client:
        result = await client.call_tool("one_fail", {})
        assert result.is_error
        assert "fail" in str(result.content)


async def test_a_resource_a_template_and_a_prompt_are_reached(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host, connect(host) as client:
        assert (await client.read_resource("memo://today")).contents[0].text == "a day"  # type: ignore[union-attr]
        assert (await client.read_resource("memo://ada/notes")).contents[0].text == "notes of ada"  # type: ignore[union-attr]
        prompt = await client.get_prompt("one_review", {"language": "rust"})
        assert "Review this rust code" in str(prompt.messages)


async def test_arguments_are_completed_by_the_server(friendly: dict[str, Any]) -> None:
    from mcp_types import PromptReference, ResourceTemplateReference

    async with hosting({"one": friendly}) as host, connect(host) as client:
        found = await client.complete(PromptReference(name="one_review"), {"name": "language", "value": "p"})
        assert found.completion.values == ["python", "pascal"]
        template = ResourceTemplateReference(uri="memo://{name}/notes")
        found = await client.complete(template, {"name": "name", "value": "r"})
        assert found.completion.values == ["rust"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_question_of_the_server_reaches_the_person(friendly: dict[str, Any], era: Any) -> None:
    if friendly.get("era") == "stateless":
        pytest.skip("a function of the SDK's servers asks in another way there")
    person = Person({"colour": "red"})
    async with hosting({"one": friendly}) as host, connect(host, era, person=person) as client:
        before = (await host.call("one_remembered")).text.count("began")
        result = await client.call_tool("one_ask", {})
        assert result.content == [TextContent(type="text", text="accept: red")]
        # A caller that comes back for the answer does not make the server begin anew.
        assert (await host.call("one_remembered")).text.count("began") == before + 1


@pytest.mark.parametrize("era", ERAS)
async def test_all_that_a_server_wants_to_know_is_brought(friendly: dict[str, Any], era: Any) -> None:
    client_can: dict[str, Any] = {
        "person": Person({"colour": "red"}),
        "model": Model("very"),
        "roots": ["file:///home/ada"],
    }
    async with hosting({"one": friendly}) as host, connect(host, era, **client_can) as client:
        result = await client.call_tool("one_paint", {})
        assert result.content == [TextContent(type="text", text="red, very, file:///home/ada")]


@pytest.mark.parametrize(
    ("error", "action"), [(MissingCapability(["elicitation"]), "cancel"), (Refused("the person said no"), "decline")]
)
async def test_only_a_person_declines(friendly: dict[str, Any], error: Exception, action: str) -> None:
    if friendly.get("era") == "stateless":
        pytest.skip("a function of the SDK's servers asks in another way there")

    async def question(message: str, schema: Any) -> None:
        raise error

    async with hosting({"one": friendly}) as host:
        assert (await host.call("one_ask", {}, Context(question=question))).text == action


async def test_who_cannot_be_asked_is_not(friendly: dict[str, Any]) -> None:
    async with hosting({"one": friendly}) as host, connect(host) as client:
        assert (await client.call_tool("one_ask", {})).is_error


async def test_a_tool_that_comes_later_is_offered() -> None:
    async with hosting({"one": child(FRIENDLY)}) as host:
        assert "one_grown" not in host.tools
        await host.call("one_grow")
        await until(lambda: "one_grown" in host.tools)


async def test_the_era_is_found_out(friendly: dict[str, Any]) -> None:
    async with hosting({"one": {**friendly, "era": "auto"}}) as host:
        (status,) = plugin_of(host).status()
        assert (status.condition, status.about) == ("up", "friendly 1.2.3")
        assert status.era == "handshake"


async def test_one_that_knows_the_newer_era_alone_is_asked_in_that() -> None:
    async with hosting({"one": child(HOSTILE, "modern", era="auto")}) as host:
        (status,) = plugin_of(host).status()
        assert (status.condition, status.era) == ("up", "stateless")
        assert (await host.call("one_echo")).text == "ok"
