from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server import MCPServer

from toolpost import Crash, Host, InvalidArguments, PluginError, Refused, ToolError, hookimpl
from toolpost.adopt import Adopted, adopt, class_of, is_server, plugin_class
from toolpost.middleware.validation import Validation
from toolpost.testing import ERAS, Model, Person, connect, open_host, open_services, principal
from toolpost.testing.clients import Era

from .library import library

pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
WORDS = {"name", "title", "description", "input_schema", "output_schema"}
Connected = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def connected(era: Era) -> Connected:
    @asynccontextmanager
    async def open_client(**given: Any) -> AsyncIterator[Client]:
        async with open_services() as services:
            plugin = adopt(library(), services.changes)
            async with (
                open_host(plugin, layers=[Validation()], services=services) as host,
                connect(host, era, **given) as client,
            ):
                yield client

    return open_client


async def test_tools_keep_their_words_and_schemas(connected: Connected):
    async with connected() as client, Client(library(), mode="2026-07-28") as bare:
        here, there = (await client.list_tools()).tools, (await bare.list_tools()).tools
    assert [tool.model_dump(include=WORDS) for tool in here] == [tool.model_dump(include=WORDS) for tool in there]
    assert here[0].annotations is not None
    assert here[0].annotations.read_only_hint is True
    assert here[0].meta == {"toolpost/billable": True, "x": 1}


async def test_a_tool_answers_as_it_does_by_itself(connected: Connected):
    async with connected() as client, Client(library(), mode="2026-07-28") as bare:
        for name, arguments in [("weather", {"city": "Oslo"}), ("cover", {})]:
            here, there = await client.call_tool(name, arguments), await bare.call_tool(name, arguments)
            assert (here.content, here.structured_content) == (there.content, there.structured_content)


async def test_progress_the_log_and_the_lifespan_reach_the_function(connected: Connected):
    seen: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total, message))

    lines: list[tuple[str, str]] = []
    async with connected(lines=lines) as client:
        result = await client.call_tool("index", {"pages": 2}, progress_callback=progress)
    assert result.content[0].text == "indexed by an open desk"  # type: ignore[union-attr]
    assert seen == [(1, 2, "page 1"), (2, 2, "page 2")]
    assert lines == [("info", '{"page":1}'), ("info", '{"page":2}')]


async def test_a_question_reaches_the_person_in_both_eras(connected: Connected):
    async with connected(person=Person({"name": "Ann", "nights": 3})) as client:
        result = await client.call_tool("lend", {"book": "Emma"})
    assert result.content[0].text == "Ann takes Emma for 3 nights"  # type: ignore[union-attr]


async def test_a_no_is_what_the_function_sees(connected: Connected):
    async with connected(person=Person(None)) as client:
        result = await client.call_tool("lend", {"book": "Emma"})
    assert result.content[0].text == "nobody takes Emma"  # type: ignore[union-attr]


async def test_who_cannot_be_asked_is_told(connected: Connected):
    async with connected() as client:
        result = await client.call_tool("lend", {"book": "Emma"})
    assert result.is_error
    assert "cannot ask" in result.content[0].text


async def test_functions_that_end_with_a_question_work_in_both_eras(connected: Connected):
    async with connected(person=Person({"name": "Bo"})) as client:
        result = await client.call_tool("ask_twice", {})
    assert result.content[0].text == "second: Bo"  # type: ignore[union-attr]


async def test_resolvers_work_in_both_eras(connected: Connected):
    async with connected(person=Person({"name": "Cy"})) as client:
        result = await client.call_tool("greet", {})
    assert result.content[0].text == "hello Cy"  # type: ignore[union-attr]


async def test_the_clients_model_and_folders_can_be_asked_for(connected: Connected):
    async with connected(model=Model("mouse"), roots=["file:///home/ann"]) as client:
        rhyme = await client.call_tool("rhyme", {"word": "house"})
        folders = await client.call_tool("folders", {})
    assert rhyme.content[0].text == "mouse"  # type: ignore[union-attr]
    assert folders.structured_content == {"result": ["file:///home/ann"]}


async def test_resources_are_read_by_their_addresses(connected: Connected):
    async with connected() as client:
        all_of_them = await client.read_resource("book://all")
        page = await client.read_resource("book://a%20b/page/3")
        file = await client.read_resource("file://shelf/a/b.txt")
        templates = (await client.list_resource_templates()).resource_templates
    assert all_of_them.contents[0].text.replace(" ", "").replace("\n", "") == '["emma","ulysses"]'  # type: ignore[union-attr]
    assert all_of_them.contents[0].mime_type == "application/json"
    assert page.contents[0].text == "a b 4"  # type: ignore[union-attr]
    assert file.contents[0].blob == "YS9iLnR4dA=="  # type: ignore[union-attr]
    assert [one.uri_template for one in templates] == ["book://{title}/page/{number}", "file://shelf/{+path}"]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("book://lost/page/1", "that book is lost"),
        ("book://burnt/page/1", "that book is burnt"),
        ("file://shelf/../secret", "unknown resource"),
        ("file://shelf/%2e%2e/secret", "unknown resource"),
    ],
)
async def test_a_resource_that_is_not_there_says_why(connected: Connected, uri: str, why: str):
    async with connected() as client:
        with pytest.raises(MCPError, match=why):
            await client.read_resource(uri)


async def test_prompts_keep_their_arguments(connected: Connected):
    async with connected() as client:
        listed = (await client.list_prompts()).prompts[0]
        filled = await client.get_prompt("review", {"title": "Emma"})
        with pytest.raises(MCPError, match="title"):
            await client.get_prompt("review", {})
    assert [(one.name, one.description, one.required) for one in listed.arguments or []] == [
        ("title", "Of which book?", True),
        ("tone", None, False),
    ]
    assert [message.content.text for message in filled.messages] == ["Review Emma, kind", "Gladly."]  # type: ignore[union-attr]


async def test_what_changed_is_told(connected: Connected):
    async with connected() as client:
        await client.call_tool("buy", {"title": "emma"})
        assert "read_emma" in [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("read_emma", {})
    assert result.content[0].text == "emma: …"  # type: ignore[union-attr]


async def test_errors_are_toolposts_own():
    async with open_host(adopt(library())) as host:
        with pytest.raises(InvalidArguments, match="^city: ") as wrong:
            await host.call("weather", {"city": "x" * 21 + "private"})
        with pytest.raises(ToolError, match="^the shelf is empty$"):
            await host.call("fail", {"how": "told"})
        with pytest.raises(Crash) as crash:
            await host.call("fail", {"how": "crash"})
        with pytest.raises(Refused, match="sampling"):
            await host.call("rhyme", {"word": "house"})
    assert "private" not in str(wrong.value)
    assert "secret" not in str(crash.value)


async def test_a_plain_function_that_hangs_is_left_behind():
    server = library()
    async with open_host(adopt(server)) as host:
        try:
            with anyio.move_on_after(0.05) as scope:
                await host.call("hang", {})
            assert scope.cancelled_caught
        finally:
            server.desk.held.set()  # type: ignore[attr-defined]


async def test_a_client_sees_what_toolpost_thinks_of_a_tool():
    async with open_host(adopt(library())) as host:
        assert host.tools["weather"].billable
        assert host.tools["index"].takes_context
        assert not host.tools["weather"].takes_context
        assert not host.tools["hang"].takes_context


async def test_its_person_is_the_callers():
    ann = principal("ann", person=Person({"name": "Ann"}))
    async with open_host(adopt(library())) as host:
        result = await host.call("lend", {"book": "Emma"}, ann)
    assert result.text == "Ann takes Emma for 1 nights"


async def test_the_lifespan_ends_with_the_host():
    server = library()
    async with open_host(adopt(server)):
        assert server.desk.is_open  # type: ignore[attr-defined]
    assert not server.desk.is_open  # type: ignore[attr-defined]


async def test_a_plugin_hands_one_over_from_its_own_hooks():
    @dataclass
    class Books:
        title: str = "emma"

        def __post_init__(self) -> None:
            server: MCPServer[Any] = MCPServer("books")
            server.add_tool(self.read, description="Read the book.")
            self._server = adopt(server)

        def read(self) -> str:
            return self.title

        @hookimpl
        def tools(self) -> Any:
            return self._server.tools()

    async with open_host(Books("ulysses")) as host:
        assert (await host.call("read")).text == "ulysses"


def test_a_server_that_guards_its_messages_is_refused():
    async def guard(ctx: Any, call_next: Any) -> Any:
        return await call_next(ctx)

    server: MCPServer[Any] = MCPServer("guarded", middleware=[guard])
    with pytest.raises(PluginError, match=r"'guarded' has middleware of its own"):
        adopt(server)


def test_a_class_is_made_for_an_entry_point():
    server = library()
    cls = plugin_class(server)
    assert (is_server(server), is_server(cls), cls.__doc__) == (True, False, "Books and weather.")
    assert class_of(cls) is cls
    assert issubclass(class_of(server), Adopted)  # type: ignore[arg-type]  # a class
    assert Host({"library": cls()}).registry.broken == {}
