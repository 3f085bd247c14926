"""A host in memory, its callers and clients, on both event loops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from pydantic import Field

from toolpost import Artefacts, ConfigError, Context, PluginError, Reader, Refused, Resource, Store, Tool, hookimpl
from toolpost.testing import ERAS, Clock, Model, Person, Services, connect, open_host, open_services, principal


@dataclass
class Notes:
    """Keeps notes."""

    store: Store
    artefacts: Artefacts
    reader: Reader
    limit: Annotated[int, Field(ge=1)] = 10

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.remember), Tool(self.recall, read_only=True), Tool(self.read_motto)]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource("notes://motto", self.motto)]

    async def remember(self, text: str, context: Context) -> int:
        """Remember a text."""
        await context.log("info", "remembering")
        await context.progress(1, 2)
        if not await context.confirm("Really?"):
            raise Refused("not remembered")
        await self.store.space("notes").set(context.principal, text.encode(), ttl=60)
        await context.progress(2, 2)
        return min(len(text), self.limit)

    async def recall(self, context: Context) -> str:
        """Recall the text."""
        return (await self.store.space("notes").get(context.principal) or b"nothing").decode()

    async def motto(self) -> str:
        """A motto."""
        return "Measure twice."

    async def read_motto(self) -> str:
        """Read the motto through the host."""
        return (await self.reader.read("notes://motto")).text


class Curious:
    """Asks for everything that a client can give."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.ask)]

    async def ask(self, context: Context) -> list[str]:
        """Ask for all there is."""
        name = await context.ask("Who are you?", {"type": "object", "properties": {"name": {"type": "string"}}})
        said = await context.sample("Say something.", max_tokens=9)
        return [name["name"], said.text, *(root.uri for root in await context.roots())]


async def test_a_class_receives_its_services_and_its_settings():
    async with open_host(Notes, settings={"notes": {"limit": 3}}) as host:
        ann = principal("ann", person=Person(True))
        assert (await host.call("remember", {"text": "milk"}, ann)).structured == {"result": 3}
        assert (await host.call("recall", {}, principal("ann"))).text == "milk"
        assert (await host.call("recall", {}, principal("bob"))).text == "nothing"
        assert (await host.call("read_motto")).text == "Measure twice."


async def test_a_caller_keeps_what_it_was_told():
    ann = principal("ann", scopes={"call"}, person=Person(True))
    async with open_host(Notes) as host:
        await host.call("remember", {"text": "milk"}, ann)
    assert [(report.done, report.total) for report in ann.reports] == [(1, 2), (2, 2)]
    assert ann.lines == [("info", "remembering")]
    assert ann.scopes == {"call"}


async def test_a_caller_whom_nobody_can_ask_refuses():
    async with open_host(Notes) as host:
        with pytest.raises(Refused, match="cannot ask"):
            await host.call("remember", {"text": "milk"}, principal("ann"))
        with pytest.raises(Refused, match="not remembered"):
            await host.call("remember", {"text": "milk"}, principal("ann", person=Person(None)))


async def test_time_passes_when_it_is_told(tmp_path: Path):
    services = Services(tmp_path, Clock())
    async with open_host(Notes, services=services) as host:
        await host.call("remember", {"text": "milk"}, principal("ann", person=Person(True)))
        services.clock.advance(61)
        assert (await host.call("recall", {}, principal("ann"))).text == "nothing"
    await services.aclose()


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_each_era_answers_by_script(era: Any):
    person, model, lines = Person("Ann"), Model("hello"), list[tuple[str, str]]()
    async with open_host(Curious(), Notes) as host:
        async with connect(host, era, person=person, model=model, roots=["file:///work"]) as client:
            result = await client.call_tool("ask", {})
        assert result.structured_content == {"result": ["Ann", "hello", "file:///work"]}
        async with connect(host, era, person=Person(True), lines=lines) as client:
            assert not (await client.call_tool("remember", {"text": "milk"})).is_error
    assert person.asked == ["Who are you?"]
    assert len(model.asked) == 1
    assert set(lines) == {("info", "remembering")}


async def test_a_caller_answers_by_script_too():
    ann = principal(person=Person({"name": "Ann"}), model=Model("hello"), roots=["file:///work"])
    async with open_host(Curious()) as host:
        result = await host.call("ask", {}, ann)
    assert result.structured == {"result": ["Ann", "hello", "file:///work"]}


async def test_layers_stand_outside_and_may_be_names_or_functions():
    seen: list[str] = []

    async def look(call: Any, call_next: Any) -> Any:
        seen.append(call.tool.name)
        return await call_next(call)

    async with open_host(Notes, layers=["validation", look]) as host:
        assert [name for name, _ in host.layers] == ["look", "validation"]
        await host.call("recall")
    assert seen == ["recall"]


class Broken:
    @hookimpl
    def tools(self) -> Iterable[Tool]:
        raise OSError("no tools today")


@pytest.mark.parametrize(
    ("plugins", "settings", "error", "words"),
    [
        ([Broken()], {}, PluginError, "plugin 'broken' does not start: OSError: no tools today"),
        ([Notes], {"notes": {"limit": 0}}, ConfigError, "setting 'limit' of 'notes'.*greater than or equal to 1"),
        ([Notes], {"notes": {"limits": 1}}, ConfigError, "unknown key 'limits'; did you mean 'limit'"),
        ([Notes], {"note": {}}, PluginError, "settings for 'note'; did you mean 'notes'"),
        (["no-such"], {}, PluginError, "plugin 'no-such' is not installed"),
        ([Notes, Notes], {}, PluginError, "two plugins are called 'notes'"),
    ],
)
async def test_what_a_real_host_would_outlive_is_said(plugins: Any, settings: Any, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        async with open_host(*plugins, settings=settings):
            pass


def test_none_of_it_needs_pytest():
    async def main() -> str:
        async with open_host(Notes) as host:
            return (await host.call("recall")).text

    assert [anyio.run(main, backend=backend) for backend in ("asyncio", "trio")] == ["nothing", "nothing"]


async def test_a_folder_goes_away_unless_it_is_given(tmp_path: Path):
    async with open_services() as services:
        await services.store.space("x").set("k", b"v")
        folder = services.folder
        assert any(folder.rglob("*.sqlite3"))
    assert not folder.exists()
    async with open_services(tmp_path) as services:
        await services.store.space("x").set("k", b"v")
    assert any(tmp_path.rglob("*.sqlite3"))


async def test_a_script_that_is_too_short_says_so():
    with pytest.raises(AssertionError, match="no answer to 'Who are you"):
        Person().answer("Who are you?", {})
    with pytest.raises(AssertionError, match="has the fields a, b; answer with a dictionary"):
        Person("x").answer("Which?", {"properties": {"a": {}, "b": {}}})
    with pytest.raises(ValueError, match="time does not go backwards"):
        Clock().advance(-1)
