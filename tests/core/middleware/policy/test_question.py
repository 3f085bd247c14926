"""What a person is shown: all of the call that fits, none of its secrets, nothing that writes on their screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Tool, ToolCall
from toolpost.middleware.pii.detector import Detector
from toolpost.middleware.policy import Rule
from toolpost.middleware.policy.question import question

KEY = "sk-proj-" + "Ab3dEf6hIj9kLm2nOp5q" * 3
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=60,
)


async def write(arguments: dict[str, Any]) -> str:
    """Write."""
    return ""


def asked(arguments: dict[str, Any]) -> str:
    return question(ToolCall(Tool(write, input_schema={"type": "object"}), arguments), Rule("confirm"))


@given(st.dictionaries(st.text(), JSON, max_size=20))
def test_it_is_short_and_every_line_can_be_printed(arguments: dict[str, Any]):
    lines = asked(arguments).split("\n")
    assert len(lines) <= 15
    assert all(line.isprintable() and len(line) < 1_800 for line in lines)


def test_no_secret_is_shown():
    said = asked({"token": "hunter2", "login": {"password": "hunter2"}, "text": f"use {KEY}", "keys": [KEY]})
    assert "hunter2" not in said
    assert KEY[:20] not in said


def test_calls_that_differ_where_nothing_is_shown_are_asked_differently():
    assert asked({"text": "a" * 1000 + "b"}) != asked({"text": "a" * 1000 + "c"})
    assert asked({"rows": [*range(50)]}) != asked({"rows": [*range(49), 0]})
    assert asked({"x": {"y": {"z": {"a": {"b": 1}}}}}) != asked({"x": {"y": {"z": {"a": {"b": 2}}}}})
    assert asked({"text": "short"}) == asked({"text": "short"})


def test_all_values_of_a_question_are_looked_at_by_one_detector(monkeypatch: pytest.MonkeyPatch):
    made: list[object] = []

    class Counted(Detector):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr("toolpost.middleware.pii.detector.Detector", Counted)
    asked({f"value {number}": f"use {KEY}" for number in range(12)})
    assert len(made) <= 1
