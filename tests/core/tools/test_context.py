"""What a tool can do while it runs: report, and ask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import anyio
import pytest
from pydantic import BaseModel

from toolpost import Context, InvalidArguments, Refused


class Size(Enum):
    small = "small"
    large = "large"


class Order(BaseModel):
    name: str
    count: int = 1
    size: Size = Size.small
    milk: Literal["oat", "cow"] = "oat"


@dataclass
class Nested:
    order: Order


def asking(answer: dict[str, Any] | None) -> tuple[Context, list[dict[str, Any]]]:
    forms: list[dict[str, Any]] = []

    async def question(message: str, schema: dict[str, Any]) -> dict[str, Any] | None:
        forms.append(schema)
        return answer

    return Context(question=question), forms


async def test_progress_never_goes_backwards():
    seen: list[float] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    context = Context(report=report)
    for done in (1, 3, 2, 3, math.nan, math.inf, 4):
        await context.progress(done, 5)
    assert seen == [1, 3, 4]


async def test_saying_something_is_progress_that_hardly_moves():
    seen: list[tuple[float, str | None]] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, message))

    context = Context(report=report)
    await context.progress(7)
    await context.say("waiting")
    await context.progress(8)
    assert [message for _, message in seen] == [None, "waiting", None]
    assert 7 < seen[1][0] < 7.001


async def test_progress_without_anyone_to_hear_it_is_nothing():
    await Context().progress(1)
    await Context().say("hello")


async def test_an_answer_comes_as_the_type_asked_for():
    context, forms = asking({"name": "tea", "size": "large"})
    assert await context.ask("What?", Order) == Order(name="tea", size=Size.large)
    assert forms[0]["properties"]["size"] == {"enum": ["small", "large"], "title": "Size", "type": "string",
                                              "default": "small"}  # fmt: skip
    assert "$defs" not in forms[0]


async def test_yes_or_no():
    context, _ = asking({"confirm": True})
    assert await context.ask("Sure?", bool) is True


async def test_declining_is_a_refusal():
    context, _ = asking(None)
    with pytest.raises(Refused, match="declined"):
        await context.ask("Sure?", bool)


async def test_nobody_to_ask_is_a_refusal():
    with pytest.raises(Refused, match="cannot ask"):
        await Context().ask("Sure?", bool)


async def test_an_answer_that_does_not_fit_is_named():
    context, _ = asking({"name": 3})
    with pytest.raises(InvalidArguments, match="does not fit its form"):
        await context.ask("What?", Order)


async def test_a_form_is_flat():
    context, _ = asking({})
    with pytest.raises(TypeError, match="'order' is not a plain field"):
        await context.ask("What?", Nested)


async def test_the_time_that_remains_is_that_of_the_nearest_deadline():
    assert Context().remaining == math.inf
    with anyio.move_on_after(1000), anyio.move_on_after(5):
        assert 4 < Context().remaining <= 5


def test_a_context_shows_no_functions_and_has_a_name_of_its_own():
    assert "report" not in repr(Context(report=None))
    assert Context().call_id != Context().call_id
