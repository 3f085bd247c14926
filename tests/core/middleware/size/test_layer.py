"""An answer that is too long is cut where that breaks nothing, and can be read on."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from mcp import Client as McpClient
from pydantic_core import to_json

from toolpost import (
    Artefacts,
    Client,
    Context,
    Embedded,
    Host,
    Image,
    InvalidArguments,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    hookimpl,
)
from toolpost.middleware.size import Size
from toolpost.middleware.size.kept import clear
from toolpost.server import wire
from toolpost.server.mcp import mcp_server

LIMIT = 100_000
SCHEMA = {
    "type": "object",
    "properties": {"rows": {"type": "array", "items": {"type": "string"}}},
    "required": ["rows"],
}
LINES = "".join(f"line {number} says “that is \\ all”\n" for number in range(20_000))


class Verbose:
    """Answers with whatever the test puts here."""

    def __init__(self, answer: Any = "") -> None:
        self.answer = answer

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.say),
            Tool(self.rows),
            Tool(self.promise, input_schema={"type": "object"}, output_schema=SCHEMA),
            Tool(self.loose, input_schema={"type": "object"}),
        ]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("long://text", self.long)]

    async def long(self) -> str:
        return LINES

    async def say(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def rows(self) -> list[str]:
        return self.answer

    async def promise(self, arguments: Any) -> Any:
        return self.answer

    async def loose(self, arguments: Any) -> Any:
        return self.answer


@pytest.fixture
def size(tmp_path: Path) -> Size:
    return Size(Artefacts(tmp_path), bytes=LIMIT)


@pytest.fixture
def call(size: Size):
    async def answered(answer: Any, tool: str = "say", layer: Size = size, **surroundings: Any) -> ToolResult:
        context = Context(**surroundings)
        try:
            return await Host([layer, Verbose(answer)]).call(tool, context=context)
        finally:
            answered.decisions = [note.decision for note in context.notes]

    answered.decisions = []
    return answered


def wire_size(result: ToolResult) -> int:
    return len(to_json(wire.result(result, stateless=True)))


async def read_on(size: Size, result: ToolResult, principal: str = "local") -> str:
    """The rest of a cut answer, as a model gets it that does what it is told."""
    told = re.search(r'read_result with result="(\w+)" and part=(\d+) \((\d+) in all\)', result.text)
    assert told, result.text[-500:]
    host, found = Host([size]), []
    for part in range(int(told[2]), int(told[3]) + 1):
        answer = await host.call("read_result", {"result": told[1], "part": part}, Context(principal=principal))
        assert wire_size(answer) <= LIMIT
        assert answer.content[1].text == f"[Part {part} of {told[3]}.]"
        found.append(answer.content[0].text)
    return "".join(found)


async def test_what_fits_is_left_alone(call):
    result = await call("short")
    assert (result.text, result.meta) == ("short", {})
    assert call.decisions == []


async def test_a_long_text_is_cut_and_says_how_much_is_missing(call, size: Size):
    result = await call(LINES)
    shown = result.content[0].text
    assert LINES.startswith(shown)
    assert shown.endswith("\n")
    assert LIMIT * 0.8 < wire_size(result) <= LIMIT
    assert f"{len(shown)} of {len(LINES)} characters are shown" in result.content[1].text
    assert call.decisions == ["truncated"]


async def test_a_model_that_reads_on_misses_nothing(call, size: Size):
    result = await call(LINES)
    rest = await read_on(size, result)
    assert LINES.endswith(rest)
    assert len(result.content[0].text) + len(rest) >= len(LINES)


async def test_the_link_leads_to_the_same_part(call, size: Size):
    result = await call(LINES)
    link = next(block for block in result.content if block.type == "resource_link")
    _, read = await Host([size]).read(link.uri)
    assert read.text in LINES
    assert LINES.index(read.text) <= len(result.content[0].text)


async def test_nobody_reads_the_answer_of_another(call, size: Size):
    result = await call(LINES, principal="ann")
    assert await read_on(size, result, "ann")
    with pytest.raises(InvalidArguments, match="no such answer"):
        await read_on(size, result, "bob")


async def test_a_part_that_is_not_there_is_named(call, size: Size):
    kept = (await call(LINES)).meta["toolpost/size"]
    with pytest.raises(InvalidArguments, match=f"parts of this answer are 1 to {kept['parts']}"):
        await Host([size]).call("read_result", {"result": kept["result"], "part": 99_999})


@pytest.mark.parametrize("id", ["../../etc/passwd", "A" * 64, "0" * 63, ""])
async def test_an_id_is_no_path(size: Size, id: str):
    with pytest.raises(InvalidArguments):
        await Host([size]).call("read_result", {"result": id})
    with pytest.raises(ToolError):
        await size.part(id, 1, Context())


async def test_the_client_that_takes_less_gets_less(call):
    result = await call(LINES, client=Client(result_bytes=50_000))
    assert 30_000 < wire_size(result) <= 50_000


async def test_a_terminal_gets_all(call):
    assert (await call(LINES, surface="cli")).text == LINES


async def test_the_beginning_of_several_texts_is_shown_and_what_is_no_text_stays(call):
    picture = Image(b"\x89PNG" + bytes(10_000))
    result = await call([picture, "first", LINES, "last", picture])
    assert [block.type for block in result.content] == ["image", "text", "text", "image", "text", "resource_link"]
    assert result.content[1].text == "first"
    assert wire_size(result) <= LIMIT


async def test_pictures_are_never_cut_and_their_words_are_heard(call):
    result = await call([Image(b"\x89PNG" + bytes(200_000)), "a caption"])
    assert [block.type for block in result.content] == ["image", "text"]
    assert result.content[1].text == "a caption"


async def test_an_embedded_text_counts_and_is_cut(call, size: Size):
    result = await call([Embedded("file:///log.txt", LINES)])
    assert LINES.startswith(result.content[0].text)
    assert LINES.endswith(await read_on(size, result))


async def test_data_that_fit_are_whole_where_their_text_does_not(call):
    rows = [f'row "{number}"' for number in range(4_000)]
    result = await call(rows, "rows")
    assert result.structured == {"result": rows}
    assert "Its structured content is whole" in result.text
    assert wire_size(result) <= LIMIT


@pytest.mark.parametrize(("tool", "answer"), [("rows", ["x" * 100] * 2000), ("promise", {"rows": ["x" * 100] * 2000})])
async def test_data_with_a_schema_are_refused_and_not_cut(call, size: Size, tool: str, answer: Any):
    given = ToolResult(structured=answer) if tool == "promise" else answer
    with pytest.raises(
        ToolError, match=r"answered 207 kB of data, and at most 96 kB can be sent.*ask for less"
    ) as caught:
        await call(given, tool)
    assert call.decisions == ["refused"]
    id, parts = re.search(r'result="(\w+)" and part=1 \((\d+) in all', str(caught.value)).groups()
    host = Host([size])
    text = [(await host.call("read_result", {"result": id, "part": n + 1})).content[0].text for n in range(int(parts))]
    assert jsonschema_rs.is_valid({}, "".join(text))
    assert "".join(text).count("x" * 100) == 2000


async def test_data_without_a_schema_are_left_out(call, size: Size):
    result = await call(ToolResult.of("2000 rows", structured={"rows": ["x" * 100] * 2000}), "loose")
    assert result.structured is None
    assert result.text.startswith("2000 rows\n[207 kB of data were left out")
    assert wire_size(result) <= LIMIT


async def test_failed_results_are_cut_like_others(call):
    cut = await call(ToolResult(ToolResult.of(LINES).content, {"rows": [LINES]}, is_error=True), "promise")
    assert cut.is_error
    assert wire_size(cut) <= LIMIT


async def test_a_long_error_is_cut(call):
    with pytest.raises(InvalidArguments, match=r"\[… 50000 characters\]$") as caught:
        await call(InvalidArguments("wrong " + "x" * 49_994))
    assert len(str(caught.value)) < 11_000


async def test_without_a_place_to_keep_the_rest_the_cut_says_so(call):
    result = await call(LINES, layer=Size(bytes=LIMIT))
    assert result.text.endswith("The rest was not kept; ask for less.]")
    assert not Host([Size()]).tools


async def test_a_disk_that_takes_nothing_costs_the_rest_alone(call, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    result = await call(LINES, layer=Size(Artefacts(tmp_path / "file"), bytes=LIMIT))
    assert result.text.endswith("The rest was not kept; ask for less.]")


async def test_resources_are_whole(size: Size):
    _, read = await Host([size, Verbose()]).read("long://text")
    assert read.text == LINES


async def test_what_is_no_json_goes_on_as_it_came(call):
    assert (await call(ToolResult.of("paid for", meta={"x": b"\xff"}))).text == "paid for"


async def test_meta_counts(call):
    result = await call(ToolResult.of(LINES[:60_000], meta={"x": "y" * 60_000}))
    assert wire_size(result) <= LIMIT


@pytest.mark.parametrize("bytes", [20_000, 1_000_000])
@pytest.mark.parametrize("letter", ["a", "\u0001", "\U0001f600"])
async def test_parts_fit_however_they_are_written(call, tmp_path: Path, bytes: int, letter: str):
    size = Size(Artefacts(tmp_path), bytes=bytes)
    result = await call(letter * 400_000, layer=size)
    kept = result.meta.get("toolpost/size", {})
    for part in (1, kept["parts"]) if kept else ():
        answer = await Host([size]).call("read_result", {"result": kept["result"], "part": part})
        assert len(answer.content) == 2
        assert wire_size(answer) <= bytes


async def test_old_answers_go_and_so_do_the_oldest_of_too_many(call, size: Size, tmp_path: Path):
    now = [0.0]
    layer = Size(Artefacts(tmp_path), bytes=LIMIT, clock=lambda: now[0])
    result = await call(LINES, layer=layer)
    assert await read_on(layer, result)
    now[0] = 4e9
    await layer.kept.clear()
    with pytest.raises(InvalidArguments, match="kept for 24 hours"):
        await read_on(layer, result)


def test_of_too_many_the_oldest_go(tmp_path: Path):
    for age in range(4):
        path = tmp_path / "owner" / "aa" / str(age)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(10))
        os.utime(path, (1000 - age, 1000 - age))
    clear(tmp_path, 0, 25)
    assert sorted(path.name for path in tmp_path.glob("*/*/*")) == ["0", "1"]


@asynccontextmanager
async def connected(size: Size, answer: Any) -> AsyncIterator[McpClient]:
    async with Host([size, Verbose(answer)]) as host, McpClient(mcp_server(host)) as client:
        yield client


async def test_a_client_that_checks_schemas_takes_every_answer(size: Size):
    async with connected(size, {"rows": ["x" * 100] * 2000}) as client:
        assert (await client.call_tool("promise", {})).is_error
    async with connected(size, ["row"] * 8_000) as client:
        assert (await client.call_tool("rows", {})).structured_content == {"result": ["row"] * 8_000}


def test_what_would_happen_is_said():
    call = ToolCall(Tool(Verbose().say), {}, Context(client=Client(result_bytes=50_000)))
    assert Size().explain(call) == "would cut an answer of more than 46 kB"
    assert Size().explain(ToolCall(call.tool, {}, Context(surface="cli"))) == "would cut nothing"
