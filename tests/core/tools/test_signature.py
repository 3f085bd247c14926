"""Functions become schemas, and JSON becomes typed arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from toolpost import Context, Image, InvalidArguments, PluginError, Tool


class Colour(Enum):
    red = "red"
    blue = "blue"


class Place(BaseModel):
    city: str
    zip_code: Annotated[str, Field(pattern=r"^\d{5}$")] = "00000"


@dataclass
class Report:
    degrees: float
    windy: bool = False


async def forecast(
    place: Place,
    days: Annotated[int, Field(ge=1, le=14, description="How many days.")] = 3,
    units: Literal["metric", "imperial"] = "metric",
    colour: Colour | None = None,
    *,
    context: Context,
) -> Report:
    """Tell the weather.

    It is never wrong.

    Args:
        place: Where, as a person
            would say it.
        units (str): Which units.
    """
    return Report(1.0)


def test_the_schema_says_what_the_annotations_say():
    schema = Tool(forecast).input_schema
    assert schema["required"] == ["place"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["days"] == {
        "type": "integer", "minimum": 1, "maximum": 14, "default": 3, "description": "How many days.",
    }  # fmt: skip
    assert "context" not in schema["properties"]
    jsonschema_rs.meta.validate(schema)


def test_the_docstring_goes_to_the_model_and_its_arguments_to_their_parameters():
    tool = Tool(forecast)
    assert tool.words == "Tell the weather.\n\nIt is never wrong."
    assert tool.input_schema["properties"]["place"]["description"] == "Where, as a person would say it."
    assert tool.input_schema["properties"]["units"]["description"] == "Which units."


def test_no_titles_are_sent_to_models():
    assert "title" not in str(Tool(forecast).input_schema)
    assert "title" not in str(Tool(forecast).output_schema)


def test_a_property_called_title_stays():
    async def book(title: str) -> str:
        return title

    assert "title" in Tool(book).input_schema["properties"]


def test_arguments_are_typed():
    typed = Tool(forecast).signature.parse({"place": {"city": "Oslo"}, "colour": "red"})
    assert typed == {"place": Place(city="Oslo"), "colour": Colour.red}


def test_every_wrong_argument_is_named_with_what_is_allowed():
    with pytest.raises(InvalidArguments) as caught:
        Tool(forecast).signature.parse({"place": {"zip_code": "x"}, "days": 99, "unit": "metric", "units": "feet"})
    text = str(caught.value)
    assert "place.city: required, and missing" in text
    assert "days: input should be less than or equal to 14" in text
    assert "unit: no such argument; did you mean 'units'?" in text
    assert "'metric' or 'imperial'" in text


def test_what_was_sent_is_never_repeated():
    with pytest.raises(InvalidArguments) as caught:
        Tool(forecast).signature.parse({"place": "ann@example.com", "days": "ann@example.com"})
    assert "ann@example.com" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_has_not_are_refused(value: float):
    async def half(number: float) -> float:
        return number / 2

    with pytest.raises(InvalidArguments):
        Tool(half).signature.parse({"number": value})


def test_a_parameter_without_annotation_is_named():
    async def echo(text) -> str:  # type: ignore[no-untyped-def]  # that is the point
        return text

    with pytest.raises(PluginError, match="tool 'echo': parameter 'text' needs a type annotation"):
        _ = Tool(echo).input_schema


def test_parameters_that_no_name_can_reach_are_refused():
    async def echo(*texts: str) -> str:
        return ""

    with pytest.raises(PluginError, match="'texts' cannot be passed by name"):
        _ = Tool(echo).input_schema


def test_a_field_as_default_describes_and_may_give_a_value():
    async def pick(count: int = Field(2, ge=1, description="How many.")) -> int:
        return count

    schema = Tool(pick).input_schema
    assert schema["properties"]["count"] == {"type": "integer", "minimum": 1, "default": 2, "description": "How many."}
    assert "required" not in schema


@pytest.mark.parametrize("hint", [str, None, Image, list[Image], list[Image | str], Any])
def test_content_has_no_output_schema(hint: Any):
    async def draw():  # type: ignore[no-untyped-def]  # the annotation comes next
        ...

    draw.__annotations__["return"] = hint
    assert Tool(draw).output_schema is None


@pytest.mark.parametrize("hint", [int, list[int], list[str], dict[str, int], Report, Place, Literal["a"], bool | None])
def test_data_has_an_output_schema_of_an_object(hint: Any):
    async def measure():  # type: ignore[no-untyped-def]  # the annotation comes next
        ...

    measure.__annotations__["return"] = hint
    assert Tool(measure).output_schema["type"] == "object"


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists)))
def test_any_arguments_are_either_typed_or_refused(arguments: dict[str, Any]):
    try:
        typed = Tool(forecast).signature.parse(arguments)
    except InvalidArguments:
        return
    assert isinstance(typed["place"], Place)
