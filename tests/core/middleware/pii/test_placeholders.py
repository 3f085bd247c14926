"""Placeholders: tools see `<EMAIL_1>`, the caller gets back what was theirs, and nobody else does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import CallNext, Context, Host, InvalidArguments, Tool, ToolCall, ToolResult, hookimpl
from toolpost.middleware.pii import PII
from toolpost.middleware.pii.placeholders import Placeholders, Restoring

ANN, BOB = "ann@example.com", "bob@example.com"


class Tools:
    """A tool that keeps what it was given, and answers what a test wants."""

    def __init__(self, answer: Any = None, output_schema: Mapping[str, Any] | None = None) -> None:
        self.answer, self.output_schema = answer, output_schema
        self.seen: list[Any] = []

    @hookimpl
    def tools(self) -> list[Tool]:
        schema = {"type": "object"}
        return [Tool(self.keep, name="keep", input_schema=schema, output_schema=self.output_schema)]

    async def keep(self, arguments: Mapping[str, Any], context: Context) -> Any:
        self.seen.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return arguments if self.answer is None else self.answer


def pii(action: Any = "placeholder", **settings: Any) -> PII:
    return PII(actions={"*": action}, **settings)


async def call(tools: Tools, arguments: Mapping[str, Any], layer: PII | None = None, **context: Any) -> ToolResult:
    async with Host({"pii": layer or pii(), "tools": tools}) as host:
        return await host.call("keep", arguments, Context(**context))


async def test_the_tool_sees_placeholders_and_the_caller_his_own_values() -> None:
    tools = Tools()
    result = await call(tools, {"to": [ANN, BOB, ANN], "text": f"dear {ANN},"})
    assert tools.seen == [{"to": ["<EMAIL_1>", "<EMAIL_2>", "<EMAIL_1>"], "text": "dear <EMAIL_1>,"}]
    assert result.structured == {"to": [ANN, BOB, ANN], "text": f"dear {ANN},"}
    assert json.loads(result.text) == result.structured


async def test_what_the_tool_brings_is_masked_and_not_undone() -> None:
    result = await call(Tools(f"<EMAIL_1> wrote to {BOB}, not to <EMAIL_7>"), {"a": ANN})
    assert result.text == f"{ANN} wrote to <EMAIL_2>, not to <EMAIL_7>"


async def test_the_caller_gets_his_values_although_results_are_not_looked_at() -> None:
    result = await call(Tools(f"<EMAIL_1> and {BOB}"), {"a": ANN}, pii(directions=["arguments"]))
    assert result.text == f"{ANN} and {BOB}"


async def test_a_placeholder_that_the_caller_wrote_is_nobodys() -> None:
    tools = Tools()
    result = await call(tools, {"a": f"<EMAIL_1> is not {ANN}"})
    assert tools.seen == [{"a": "<EMAIL_1> is not <EMAIL_2>"}]
    assert result.structured == {"a": f"<EMAIL_1> is not {ANN}"}


async def test_one_call_knows_nothing_of_another() -> None:
    async with Host({"pii": pii(), "tools": Tools()}) as host:
        await host.call("keep", {"a": ANN})
        assert (await host.call("keep", {"a": "<EMAIL_1>"})).structured == {"a": "<EMAIL_1>"}


async def test_calls_at_once_do_not_mix() -> None:
    answers: dict[str, Any] = {}
    async with Host({"pii": pii(), "tools": Tools()}) as host, anyio.create_task_group() as group:
        context = Context()

        async def one(mail: str) -> None:
            answers[mail] = (await host.call("keep", {"a": mail}, context)).structured["a"]

        for number in range(20):
            group.start_soon(one, f"user{number}@example.com")
    assert all(mail == answer for mail, answer in answers.items())
    assert len(answers) == 20


async def test_a_call_within_a_call_gives_nothing_away_to_the_tool() -> None:
    class Outer:
        heard = ""

        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.outer)]

        async def outer(self, to: str, context: Context) -> str:
            inner = await self.host.call("keep", {"to": to, "cc": BOB}, context)
            self.heard = inner.text
            return to

    outer = Outer()
    async with Host({"pii": pii(), "outer": outer, "tools": Tools()}) as host:
        outer.host = host  # type: ignore[attr-defined]  # a tool that calls others has the host from somewhere
        result = await host.call("outer", {"to": ANN}, Context())
    assert json.loads(outer.heard) == {"to": "<EMAIL_1>", "cc": BOB}
    assert result.text == ANN


async def test_a_value_with_quotes_does_not_break_json() -> None:
    quoted = '"ann smith"@example.com'
    result = await call(Tools(), {"a": quoted, "b": [quoted]})
    assert json.loads(result.text) == result.structured == {"a": quoted, "b": [quoted]}


async def test_a_value_that_breaks_the_output_schema_stays_a_placeholder_there() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 10}}}
    result = await call(Tools({"a": "<EMAIL_1>"}, schema), {"a": ANN})
    assert result.structured == {"a": "<EMAIL_1>"}


async def test_errors_and_notes_keep_the_placeholder() -> None:
    context = Context()
    async with Host({"pii": pii(), "tools": Tools(InvalidArguments("nobody is called <EMAIL_1>"))}) as host:
        with pytest.raises(InvalidArguments, match="<EMAIL_1>"):
            await host.call("keep", {"a": ANN}, context)
    assert ANN not in repr(context.notes) + repr(context) + repr(vars(context))
    assert context.notes[0].text == "replaced 1 EMAIL in arguments"


async def test_a_stream_gives_the_caller_his_values_back() -> None:
    sent: list[str] = []

    class Streams(Tools):
        async def keep(self, arguments: Mapping[str, Any], context: Context) -> Any:
            stream = host.stream(ToolCall(host.tools["keep"], arguments, context))
            assert stream is not None
            sent.extend([*map(stream.feed, f"dear {arguments['a']}, not <EMAIL_9>, nor {BOB}"), stream.end()])
            return "done"

    async with Host({"pii": pii(), "tools": Streams()}) as host:
        await host.call("keep", {"a": ANN}, Context())
    assert "".join(sent) == f"dear {ANN}, not <EMAIL_9>, nor <EMAIL_2>"


async def test_nothing_is_left_of_a_call_that_has_ended() -> None:
    layer = pii()
    await call(Tools(), {"a": ANN}, layer)
    assert layer._passages == {}


async def test_layers_within_see_only_placeholders() -> None:
    seen: list[Any] = []

    class Cache:
        @hookimpl
        def middleware(self) -> Any:
            return self.look

        async def look(self, call: ToolCall, call_next: CallNext) -> ToolResult:
            seen.append(call.arguments)
            result = await call_next(call)
            seen.append(result.structured)
            return result

    async with Host({"pii": pii(), "cache": Cache(), "tools": Tools()}) as host:
        await host.call("keep", {"a": ANN})
        await host.call("keep", {"a": BOB})
    assert seen == [{"a": "<EMAIL_1>"}] * 4


marks = st.sampled_from(
    ["<EMAIL_1>", "<EMAIL_2>", "<IP_1>", "<EMAIL_12>", "<", ">", "<EMAIL", "_1>", "<<EMAIL_1>>", "a b"]
)


@given(st.lists(marks | st.text(max_size=5), max_size=20), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_restoring_in_pieces_is_restoring_the_whole(parts: list[str], sizes: list[int]) -> None:
    placeholders = Placeholders({"<EMAIL_1>": ANN, "<IP_1>": "10.0.0.1"})
    text, restoring, sent, at = "".join(parts), Restoring(placeholders), "", 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        sent, at = sent + restoring.feed(text[at : at + size]), at + size
    assert sent + restoring.end() == placeholders.text(text)
