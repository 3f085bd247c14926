"""A tool runs its function and turns what it returns into a result, or says why it cannot."""

from __future__ import annotations

import base64
import math
import random
import threading
from dataclasses import dataclass
from datetime import date
from typing import Any

import mcp_types as mcp
import pytest
from pydantic import BaseModel

from toolpost import Audio, Context, Embedded, Host, Image, Link, PluginError, Tool, ToolError, ToolResult, hookimpl


class Offers:
    """A plugin of one tool."""

    def __init__(self, *functions: Any, **nature: Any) -> None:
        self.offered = [Tool(function, **nature) for function in functions]

    @hookimpl
    def tools(self) -> list[Tool]:
        return self.offered


async def answer(function: Any, arguments: dict[str, Any] | None = None, **nature: Any) -> ToolResult:
    async with Host([Offers(function, **nature)]) as host:
        return await host.call(next(iter(host.tools)), arguments)


class Weather(BaseModel):
    day: date
    degrees: float


async def test_text_is_a_text_block_and_no_data():
    async def greet(name: str) -> str:
        return f"hello {name}"

    result = await answer(greet, {"name": "Ann"})
    assert (result.text, result.structured) == ("hello Ann", None)


async def test_a_model_is_structured_and_readable():
    async def weather() -> Weather:
        return Weather(day=date(2026, 1, 2), degrees=3)

    result = await answer(weather)
    assert result.structured == {"day": "2026-01-02", "degrees": 3.0}
    assert result.text == '{"day":"2026-01-02","degrees":3.0}'


async def test_a_value_that_is_no_object_is_wrapped():
    async def dice() -> list[int]:
        return [1, 6]

    result = await answer(dice)
    assert (result.structured, result.text) == ({"result": [1, 6]}, "[1,6]")


async def test_pictures_sounds_links_and_resources_are_blocks_in_order():
    async def show() -> list[Any]:
        return ["a", Image(b"png"), Audio(b"wav"), Link("x://y"), Embedded("x://z", "text")]

    show.__annotations__["return"] = list[Image | Audio | Link | Embedded | str]
    result = await answer(show)
    assert [block.type for block in result.content] == ["text", "image", "audio", "resource_link", "resource"]


async def test_a_block_of_the_sdk_passes_through_untouched():
    block = mcp.TextContent(type="text", text="x", annotations=mcp.Annotations(priority=1))

    async def show() -> mcp.TextContent:
        return block

    assert (await answer(show)).content == (block,)


async def test_a_plain_function_runs_in_a_thread():
    def where() -> bool:
        return threading.current_thread() is threading.main_thread()

    assert (await answer(where)).structured == {"result": False}


async def test_a_plain_function_reports_progress_and_asks_through_blocking():
    seen: list[tuple[float, float | None]] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total))

    async def say_yes(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"confirm": True}

    def work(context: Context) -> bool:
        context.blocking.progress(1, 2)
        context.blocking.check()
        return context.blocking.ask("Go on?", bool)

    async with Host([Offers(work)]) as host:
        result = await host.call("work", {}, Context(report=report, question=say_yes))
    assert (seen, result.structured) == ([(1, 2)], {"result": True})


async def test_a_raw_schema_hands_over_the_arguments_as_they_came():
    async def raw(arguments: dict[str, Any]) -> dict[str, Any]:
        return {"got": arguments}

    schema = {"type": "object", "properties": {"x-y": {"type": "integer"}}}
    result = await answer(raw, {"x-y": 1, "more": []}, input_schema=schema)
    assert result.structured == {"got": {"x-y": 1, "more": []}}


async def test_a_raw_schema_reaches_clients_untouched():
    schema = {"type": "object", "$defs": {"a": {"$anchor": "b"}}, "if": {}, "title": "T", "x-mcp-header": "R"}

    async def raw(arguments: dict[str, Any], context: Context) -> str:
        return context.principal

    host = Host([Offers(raw, input_schema=schema)])
    assert host.tools["raw"].input_schema is schema


def nothing() -> Any:
    return None


def cycle() -> Any:
    loop: list[Any] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "make",
    [
        nothing,
        cycle,
        lambda: b"bytes",
        lambda: {1, 2},
        lambda: math.nan,
        lambda: {"deep": [math.inf]},
        lambda: "lone \ud800",
        lambda: {"lone": "\udfff"},
        lambda: object(),
        lambda: [Image(b""), object()],
        lambda: ToolResult.of(structured={"x": math.nan}),
        lambda: ToolResult((mcp.TextContent(type="text", text="\ud800"),)),
    ],
)
async def test_what_cannot_be_sent_fails_that_call_in_words(make: Any):
    async def bad() -> Any:
        return make()

    with pytest.raises(ToolError, match="bad answered something that cannot be sent"):
        await answer(bad)


async def test_an_answer_that_breaks_its_own_annotation_fails():
    async def count() -> int:
        return "three"  # type: ignore[return-value]  # that is the point

    with pytest.raises(ToolError, match="valid integer"):
        await answer(count)


async def test_a_result_does_not_change_with_what_the_plugin_keeps():
    kept = {"items": [1]}

    async def show() -> dict[str, list[int]]:
        return kept

    result = await answer(show)
    kept["items"].append(2)
    assert result.structured == {"items": [1]}


async def test_a_function_that_promises_nothing_may_return_nothing():
    async def done() -> None: ...

    assert (await answer(done)).content == ()


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 65, "a/b", "a\n"])
def test_names_that_clients_refuse_are_refused_here(name: str):
    async def fine() -> str:
        return ""

    with pytest.raises(PluginError, match="a name is 1 to 64"):
        Tool(fine, name=name) if name else Tool(type("Nameless", (), {"__call__": lambda self: ""})())


def test_an_unknown_property_of_a_tool_is_named():
    async def fine() -> str:
        return ""

    with pytest.raises(PluginError, match="'readonly' is not something to say of a tool"):
        Tool(fine, readonly=True)


@dataclass
class Calculator:
    base: int = 10

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.add, read_only=True)]

    async def add(self, number: int) -> int:
        """Add."""
        return self.base + number


async def test_a_plugin_is_tested_in_five_lines():
    async with Host([Calculator(base=1)]) as host:
        result = await host.call("add", {"number": 2})
    assert result.structured == {"result": 3}


async def test_the_base64_of_a_large_picture_is_made_in_a_thread():
    made_in: list[int] = []

    class Noted(Image):
        def block(self):
            made_in.append(threading.get_ident())
            return super().block()

    async def draw() -> list[Image | str]:
        return [Noted(bytes(3_000_001)), "a caption"]

    result = await answer(draw)
    assert made_in != [threading.get_ident()]
    assert base64.b64decode(result.content[0].data) == bytes(3_000_001)


@pytest.mark.parametrize("length", [0, 1, 786_431, 786_432, 786_433, 2_000_000])
def test_bytes_that_are_encoded_in_pieces_are_the_same_bytes(length: int):
    data = random.Random(length).randbytes(length)
    assert Image(data).block().data == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("meta", "kind"),
    [
        (None, "tool"),
        ({"toolpost/primitive": "resource"}, "resource"),
        ({"toolpost/primitive": "prompt"}, "prompt"),
        ({"toolpost/primitive": ["tool"]}, "tool"),
    ],
)
def test_a_tool_says_what_it_stands_for(meta: dict[str, Any] | None, kind: str):
    async def read() -> str:
        return ""

    assert Tool(read, meta=meta).with_words(title="Read").kind == kind
