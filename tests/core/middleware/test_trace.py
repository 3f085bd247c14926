"""Each answer says which layers it passed."""

from __future__ import annotations

from typing import Any

import pytest

from toolpost import CallNext, Context, Host, Refused, Tool, ToolCall, ToolError, ToolResult, hookimpl
from toolpost.middleware.trace import KEY, Trace, account


class Echo:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        if text == "no":
            raise Refused("no")
        return text


class Noting:
    @hookimpl
    def middleware(self) -> Any:
        return self.note

    async def note(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        call.context.note("noting", "looked at it")
        return await call_next(call)


async def test_a_result_names_the_layers_outermost_first_and_their_notes():
    async with Host({"trace": Trace(), "first": Noting(), "second": Noting(), "echo": Echo()}) as host:
        trace = (await host.call("echo", {"text": "x"})).meta[KEY]
    assert list(trace["us"]) == ["first", "second", "tool"]
    assert all(taken >= 0 for taken in trace["us"].values())
    assert trace["notes"] == ["noting: looked at it"] * 2


async def test_an_error_has_its_trace_too():
    async with Host({"trace": Trace(), "first": Noting(), "echo": Echo()}) as host:
        with pytest.raises(ToolError) as caught:
            await host.call("echo", {"text": "no"})
    assert list(caught.value.meta[KEY]["us"]) == ["first", "tool"]


async def test_without_the_layer_nothing_is_timed():
    context = Context()
    async with Host({"first": Noting(), "echo": Echo()}) as host:
        result = await host.call("echo", {"text": "x"}, context)
    assert (context.timings, dict(result.meta)) == (None, {})


def test_each_layer_is_charged_for_itself_alone():
    context = Context()
    context.timings = [("tool", 0.3), ("tool", 0.2), ("inner", 0.6000001), ("outer", 1.0000002)]
    assert account(context)["us"] == {"outer": 400_000, "inner": 100_000, "tool": 500_000}
