from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Host, InvalidArguments, Refused, ToolError
from toolpost.middleware.validation import Validation
from toolpost.testing import open_host, principal

llm = pytest.importorskip("llm")

from llm.plugins import load_plugins, pm  # noqa: E402

from toolpost_llm_tools import LLMTools  # noqa: E402

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


class Counter(llm.Toolbox):  # type: ignore[misc]  # llm may be missing where this is checked
    def __init__(self, start: int = 0) -> None:
        self.count = start
        self.thread = threading.get_ident()

    def add(self, step: int = 1) -> dict[str, Any]:
        """Count on."""
        self.count += step
        return {"count": self.count, "same": self.thread == threading.get_ident()}

    async def peek(self) -> str:
        """Tell the count."""
        return str(self.count)


class Shelf(llm.Toolbox):  # type: ignore[misc]
    def __init__(self, path: str) -> None:
        self.path = path

    def where(self) -> str:
        """Tell where the shelf is."""
        return self.path


held = threading.Event()


class Stuck(llm.Toolbox):  # type: ignore[misc]
    def hang(self, seconds: float) -> str:
        """Hang the first time."""
        if not held.is_set() and seconds:
            held.wait()
        return "free"


def shout(text: str, times: int = 1) -> str:
    """
    Shout a text.

    Twice, if need be.
    """
    return text.upper() * times


async def later(text: str, llm_tool_call: Any) -> list[str]:
    """Answer later."""
    await anyio.sleep(0)
    return [text, llm_tool_call.name]


def draw() -> Any:
    """Draw."""
    elsewhere = llm.Attachment(url="http://169.254.169.254/a.png", type="image/png")
    return llm.ToolOutput({"n": 1}, [llm.Attachment(content=PNG), elsewhere])


def odd(what: str) -> Any:
    """Return or raise what is odd."""
    if what == "error":
        raise ValueError("no such shelf")
    if what == "cancel":
        raise llm.CancelToolCall("not now")
    return {"set": {1}, "none": None}[what]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A plugin of llm, beside whichever are installed."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    load_plugins()

    class Plugin:
        __name__ = "llm_test_tools"

        @llm.hookimpl  # type: ignore[untyped-decorator]
        def register_tools(self, register: Any) -> None:
            for one in (shout, later, draw, odd, Counter, Shelf, Stuck):
                register(one)
            register(llm.Tool.function(shout, name="not a name"))

    plugin = Plugin()
    pm.register(plugin, "llm_test_tools")
    held.clear()
    yield
    held.set()
    pm.unregister(plugin)


async def test_functions_keep_their_words_and_schemas():
    async with open_host(LLMTools(read_only=["sh*"])) as host:
        tool = host.tools["shout"]
    assert tool.words == "Shout a text.\n\nTwice, if need be."
    assert tool.input_schema == llm.Tool.function(shout).input_schema
    assert (tool.read_only, host.tools["draw"].read_only) == (True, None)
    assert "not a name" not in host.tools


async def test_functions_are_called_plain_and_async():
    async with open_host(LLMTools(), layers=[Validation()]) as host:
        assert (await host.call("shout", {"text": "ho", "times": 2})).text == "HOHO"
        assert (await host.call("later", {"text": "a"})).structured == {"result": ["a", "later"]}
        with pytest.raises(InvalidArguments, match="times"):
            await host.call("shout", {"text": "ho", "times": "many"})


async def test_an_unknown_argument_is_refused_without_the_layer_too():
    async with open_host(LLMTools()) as host:
        with pytest.raises(InvalidArguments, match="loud: no such argument; allowed: text, times"):
            await host.call("shout", {"text": "ho", "loud": True})


async def test_attachments_are_pictures_and_what_lies_elsewhere_stays_there():
    async with open_host(LLMTools()) as host:
        result = await host.call("draw")
    assert [block.type for block in result.content] == ["text", "image", "resource_link"]
    assert result.structured == {"n": 1}


async def test_what_is_odd_is_answered_as_llm_answers_it():
    async with open_host(LLMTools()) as host:
        assert (await host.call("odd", {"what": "none"})).text == "null"
        assert (await host.call("odd", {"what": "set"})).text == "{1}"
        with pytest.raises(ToolError, match="^ValueError: no such shelf$"):
            await host.call("odd", {"what": "error"})
        with pytest.raises(Refused, match="^not now$"):
            await host.call("odd", {"what": "cancel"})


async def test_each_caller_has_a_toolbox_and_it_stays_in_its_thread():
    async with open_host(LLMTools(toolboxes={"Counter": {"start": 5}})) as host:
        for count in (6, 7):
            result = await host.call("Counter_add", {}, principal("ann"))
            assert result.structured == {"count": count, "same": True}
        assert (await host.call("Counter_add", {}, principal("bob"))).structured["count"] == 6
        assert (await host.call("Counter_peek", {}, principal("ann"))).text == "7"


async def test_beyond_so_many_callers_one_is_forgotten():
    async with open_host(LLMTools(callers=1)) as host:
        for who in ("ann", "bob", "ann"):
            result = await host.call("Counter_add", {}, principal(who))
    assert result.structured["count"] == 1


async def test_a_toolbox_that_hangs_is_left_behind():
    async with open_host(LLMTools()) as host:
        with anyio.move_on_after(0.3) as scope:
            await host.call("Stuck_hang", {"seconds": 1.0})
        assert scope.cancelled_caught
        assert (await host.call("Stuck_hang", {"seconds": 0.0})).text == "free"


async def test_a_toolbox_that_needs_arguments_waits_for_them(caplog: pytest.LogCaptureFixture):
    async with open_host(LLMTools()) as host:
        assert "Shelf_where" not in host.tools
    assert "toolbox Shelf of llm needs 'path'" in caplog.text
    async with open_host(LLMTools(toolboxes={"Shelf": {"path": "/a"}})) as host:
        assert (await host.call("Shelf_where")).text == "/a"


@pytest.mark.parametrize(
    ("toolboxes", "why"),
    [({"Shelv": {}}, "llm has no toolbox 'Shelv'"), ({"Shelf": {"path": "a", "depth": 1}}, "unexpected keyword")],
)
def test_arguments_for_nothing_are_refused(toolboxes: dict[str, Any], why: str):
    assert why in Host({"llm_tools": LLMTools(toolboxes=toolboxes)}).registry.broken["llm_tools"]


async def test_only_what_is_wanted_is_served():
    async with open_host(LLMTools(only=["shout", "Counter_*"])) as host:
        assert sorted(host.tools) == ["Counter_add", "Counter_peek", "shout"]


async def test_where_our_key_could_be_read_it_does_not_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    with pytest.raises(ValueError, match='could read OPENAI_API_KEY .* isolation = "process"') as error:
        LLMTools()
    assert "sk-private" not in str(error.value)
    async with open_host(LLMTools, settings={"llmtools": {"shares_environment": True, "only": ["shout"]}}) as host:
        assert list(host.tools) == ["shout"]


async def test_a_function_of_somebody_elses_is_served():
    pytest.importorskip("llm_tools_simpleeval")
    async with open_host(LLMTools()) as host:
        assert (await host.call("simple_eval", {"expression": "6 * 7"})).text == "42"


async def test_a_database_of_somebody_elses_is_served(tmp_path: Path):
    pytest.importorskip("llm_tools_sqlite")
    path = tmp_path / "cats.db"
    with sqlite3.connect(path) as database:
        database.execute("create table cats (name text)")
        database.execute("insert into cats values ('Tom')")
    database.close()
    async with open_host(LLMTools(toolboxes={"SQLite": {"path": str(path)}})) as host:
        for _ in range(3):
            result = await host.call("SQLite_query", {"sql": "select * from cats"})
            assert result.text == '[{"name": "Tom"}]'
