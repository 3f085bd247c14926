"""What cannot be sent is refused before work is spent on it, and what can is the result's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json

from toolpost import Audio, Embedded, Host, Image, Link, Tool, ToolError, ToolResult, hookimpl
from toolpost.tools.results import RESULT_BYTES, light, sendable, weight

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@dataclass
class Point:
    name: str


class Model(BaseModel):
    name: str


@given(JSON)
def test_nothing_weighs_much_more_than_its_json(value: Any):
    assert weight(value, 10**9) <= 4 * len(to_json(value)) + 4


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1000,
        ["x" * 500] * 2,
        {"x" * 1000: 1},
        Point("x" * 1000),
        Model(name="x" * 1000),
        ToolResult.of("x" * 1000),
        ToolResult(structured={"x": "x" * 1000}),
        [Embedded("a:b", "x" * 1000)],
        [0] * 500,
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_text_weighs(value: Any):
    assert weight(value, 10**9) >= 1000


@pytest.mark.parametrize(
    "value", [Image(bytes(10_000)), Audio(bytes(10_000)), Link("a:b"), [Embedded("a:b", bytes(10_000))], object()]
)
def test_pictures_and_sounds_weigh_nothing(value: Any):
    assert weight(value, 10**9) < 100


def test_a_cycle_has_an_end():
    endless: list[Any] = []
    endless.append(endless)
    assert weight(endless, 1000) >= 1000


def test_the_count_stops_where_it_has_to():
    assert 1000 <= weight([["x" * 10]] * 10**6, 1000) < 10**7


@pytest.mark.parametrize("value", ["x" * (RESULT_BYTES + 1), [0] * RESULT_BYTES])
def test_what_is_too_long_is_refused(value: Any):
    with pytest.raises(ValueError, match="return a Link or less"):
        light(value)


@pytest.mark.parametrize(
    "result",
    [
        ToolResult.of(*["x" * 1_000_000] * 17),
        ToolResult.of(Embedded("a:b", "x" * 17_000_000)),
        ToolResult(structured="x" * 17_000_000),
        ToolResult(meta={"x": "x" * 17_000_000}),
    ],
    ids=["many texts", "embedded", "structured", "meta"],
)
def test_no_part_of_a_result_may_be_huge(result: ToolResult):
    with pytest.raises(ValueError, match="at most 16777216 are sent"):
        sendable(result)


class Returning:
    def __init__(self, value: Any) -> None:
        self.value = value

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work)]

    async def work(self) -> Any:
        return self.value


@pytest.mark.parametrize(
    "value",
    [
        ToolResult(structured={"x": float("nan")}),
        ToolResult(structured={"x": object()}),
        ToolResult(structured={"x": "\ud800"}),
        ToolResult.of(Embedded("a:b", "\ud800")),
    ],
    ids=["NaN", "object", "surrogate", "embedded surrogate"],
)
async def test_what_has_no_wire_form_fails_its_call_alone(value: ToolResult):
    async with Host([Returning(value)]) as host:
        with pytest.raises(ToolError, match="work answered something that cannot be sent"):
            await host.call("work")


async def test_what_a_plugin_keeps_a_hold_of_does_not_change_the_result():
    mine: dict[str, Any] = {"list": [1]}
    async with Host([Returning(ToolResult(structured=mine))]) as host:
        result = await host.call("work")
    mine["list"].append(2)
    assert result.structured == {"list": [1]}
