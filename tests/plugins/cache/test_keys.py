"""Two calls have one key exactly when they are the same call."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from toolpost import Context, Tool, ToolCall
from toolpost_cache.keys import KeyMaker


async def answer(text: Any = None) -> str:
    """Answer."""
    return ""


async def other(text: Any = None, more: int = 0) -> str:
    """Answer."""
    return ""


TOOL = Tool(answer).of("facts", "1.0", "policy")
KEYS = KeyMaker()


def own(call: ToolCall) -> bytes:
    return KEYS.now(call).own


@pytest.mark.parametrize(
    "changed",
    [
        Tool(answer, name="other").of("facts", "1.0", "policy"),
        Tool(answer).of("lies", "1.0", "policy"),
        Tool(answer).of("facts", "1.1", "policy"),
        Tool(answer).of("facts", "1.0", "stricter"),
        Tool(other, name="answer").of("facts", "1.0", "policy"),
        Tool(answer, output_schema={"type": "object"}).of("facts", "1.0", "policy"),
        Tool(answer, meta={"toolpost/primitive": "resource"}).of("facts", "1.0", "policy"),
    ],
    ids=["name", "plugin", "version", "policy", "input", "output", "kind"],
)
def test_an_answer_of_another_tool_version_or_policy_is_another(changed: Tool):
    call = ToolCall(TOOL, {"text": "a"})
    assert own(call) != own(ToolCall(changed, {"text": "a"}))
    assert own(call) == own(ToolCall(Tool(answer).of("facts", "1.0", "policy"), {"text": "a"}))


VALUES = [1, 1.0, True, "1", None, "None", "", "a", "a\0b", "ab", "a\0", ["a", "b"], [["a"], "b"], {"a": "b"}, [], {}]
VALUES += [0, -0.0, 0.0, False, "true", 10**400, 1e308, "\ud800", "\ud801", "é", "e", "x" * 300_000, "x" * 300_001]


def test_values_that_differ_have_keys_that_differ():
    keys = {own(ToolCall(TOOL, {"text": value})) for value in VALUES}
    assert len(keys) == len(VALUES)
    assert own(ToolCall(TOOL, {})) not in keys


def test_what_callers_and_texts_are_called_cannot_be_mixed_up():
    calls = [
        ToolCall(TOOL, {"text": "b"}, Context(principal="a")),
        ToolCall(TOOL, {"text": ""}, Context(principal="ab")),
        ToolCall(TOOL, {"text": "a"}, Context(principal="b")),
        ToolCall(TOOL, {"text": "ab"}, Context(principal="")),
        ToolCall(TOOL, {"text": "b", "a": ""}, Context(principal="")),
        ToolCall(TOOL, {"text": "b"}, Context(principal="A")),
    ]
    assert len({own(call) for call in calls}) == len(calls)
    assert all(KEYS.now(call).public != KEYS.now(call).own for call in calls)


def test_the_order_of_keys_and_the_form_of_unicode_do_not_matter():
    one = {"text": {"a": "é", "b": [1, {"x": 1, "y": 2}]}}
    same = {"text": {"b": [1, {"y": 2, "x": 1}], "a": unicodedata.normalize("NFD", "é")}}
    assert own(ToolCall(TOOL, one)) == own(ToolCall(TOOL, same))


async def test_large_and_deep_arguments_have_keys_too():
    deep: Any = "end"
    for _ in range(20_000):
        deep = {"deeper": deep}
    for value in ("x" * 5_000_000, deep, list(range(100_000))):
        call = ToolCall(TOOL, {"text": value})
        assert await KEYS.of(call) == KEYS.now(call)


def test_tools_that_went_are_forgotten():
    keys = KeyMaker()
    for _ in range(5_000):
        keys.now(ToolCall(Tool(answer, input_schema={}), {}))
    assert len(keys._tools) <= 4_096
