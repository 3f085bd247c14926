"""Forms as clients can show them, and answers as tools get them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from toolpost import InvalidArguments
from toolpost.tools.form import Choices, Form


@dataclass
class Order:
    size: Annotated[str, Choices({"s": "Small", "l": "Large"})] = "s"
    extras: list[Annotated[str, Choices({"milk": "Milk", "nuts": "Nuts"})]] = field(default_factory=list)
    kind: Literal["tea", "coffee"] = "tea"
    count: Annotated[int, Field(ge=1, description="How many")] = 1
    strength: float = 0.5
    hot: bool = True


def test_choices_have_titles():
    fields = Form(Order).schema["properties"]
    assert fields["size"]["oneOf"] == [{"const": "s", "title": "Small"}, {"const": "l", "title": "Large"}]
    assert (fields["size"]["type"], fields["size"]["default"]) == ("string", "s")
    assert fields["extras"]["type"] == "array"
    assert fields["extras"]["items"] == {
        "anyOf": [{"const": "milk", "title": "Milk"}, {"const": "nuts", "title": "Nuts"}]
    }


def test_fields_have_their_defaults():
    fields = Form(Order).schema["properties"]
    given = {name: one["default"] for name, one in fields.items() if "default" in one}
    assert given == {"size": "s", "kind": "tea", "count": 1, "strength": 0.5, "hot": True}
    assert "required" not in Form(Order).schema


def test_what_was_chosen_is_read():
    assert Form(Order).read({"size": "l", "extras": ["nuts"]}) == Order("l", ["nuts"])


@pytest.mark.parametrize("given", [{"size": "Large"}, {"extras": ["salt"]}, {"count": 0}, {"kind": "soup"}])
def test_what_cannot_be_chosen_does_not_fit(given: dict[str, Any]):
    with pytest.raises(InvalidArguments, match="does not fit"):
        Form(Order).read(given)


def test_a_schema_is_its_own_form():
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form: Form[Any] = Form(schema)
    assert form.schema == schema
    assert form.read({"n": 1}) == {"n": 1}
    for wrong in ({}, {"n": "1"}):
        with pytest.raises(InvalidArguments, match="does not fit"):
            form.read(wrong)


def test_a_form_is_flat():
    @dataclass
    class Outer:
        order: Order

    with pytest.raises(TypeError, match="flat"):
        Form(Outer)


@pytest.mark.parametrize("answer", ["true", "yes", 1, 1.0, ["true"], None])
def test_a_yes_is_true_and_nothing_like_it(answer: Any):
    with pytest.raises(InvalidArguments):
        Form(bool).read({"confirm": answer})
    assert Form(bool).read({"confirm": True})
