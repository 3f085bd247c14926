"""What `toolpost tools show` says of arguments and results: types, items and bounds."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from toolpost import Tool
from toolpost.cli.schema_told import told, told_result
from toolpost.cli.tool_rows import write
from toolpost.server import wire


class Colour(Enum):
    """Two colours."""

    RED = "red"
    BLUE = "blue"


class Meal(BaseModel):
    """A meal, which may have others in it."""

    name: Annotated[str, Field(min_length=1, max_length=20)]
    parts: list[Meal] = []


async def cook(
    meal: Meal,
    guests: Annotated[int, Field(ge=1, le=100)] = 1,
    spice: Annotated[float, Field(gt=0, lt=1)] | None = None,
    colour: Colour = Colour.RED,
    steps: Annotated[list[str], Field(min_length=1)] = ["boil"],  # noqa: B006 - nobody changes it
    grams: dict[str, int] | None = None,
    size: Literal["large", 3] = 3,
    more: Any = None,
) -> list[int]:
    """Cook a meal."""
    return []


async def best() -> Meal:
    """Give the best meal."""
    return Meal(name="soup")


def shown(tool: Tool, capsys: pytest.CaptureFixture[str]) -> list[str]:
    write({**wire.tool(tool, stateless=True), "plugin": "kitchen", "state": "enabled"})
    return capsys.readouterr().out.splitlines()


def test_arguments_are_shown_with_items_bounds_and_choices(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(Tool(cook), capsys)
    assert said[:2] == ["cook  (kitchen, enabled)", ""]
    assert [line.strip() for line in said if ": " in line] == [
        "meal: object, required",
        "guests: integer (≥ 1, ≤ 100), default 1",
        "spice: number (> 0, < 1) or null",
        'colour: "red" or "blue", default \'red\'',
        "steps: array of string (items ≥ 1), default ['boil']",
        "grams: object of integer or null",
        'size: "large" or 3, default 3',
        "more: anything",
    ]


def test_the_type_of_a_result_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  gives array of integer" in shown(Tool(cook), capsys)
    keys = "name: string (characters ≥ 1, characters ≤ 20), parts: array of object"
    assert f"  gives object with {keys}" in shown(Tool(best), capsys)


async def silent():
    """Say nothing of a result."""


def test_a_tool_that_does_not_say_what_it_gives_has_no_such_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert not any("gives" in line for line in shown(Tool(silent), capsys))


@pytest.mark.parametrize("schema", [True, {}, {"$ref": "#/nowhere"}, {"type": "array", "items": {}}, {"items": 3}])
def test_a_schema_of_others_that_says_little_is_told_all_the_same(schema: Any) -> None:
    assert told(schema, {}) in ("anything", "array")


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    root = {"$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "array", "items": {"$ref": "#/$defs/A"}}]}}}
    assert len(told({"$ref": "#/$defs/A"}, root)) < 2000
    assert told_result({"$ref": "#/$defs/A", **root})
