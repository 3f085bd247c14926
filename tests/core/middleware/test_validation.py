"""Arguments are checked before anything is spent, and results before anyone relies on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, WithJsonSchema

from toolpost import Host, InvalidArguments, Tool, ToolError, ToolResult, hookimpl
from toolpost.middleware.validation import Validation
from toolpost.testing import ERAS, connect, open_host

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer", "minimum": 1}, "colour": {"enum": ["red", "blue"]}},
    "required": ["count"],
    "additionalProperties": False,
}


class Raw:
    def __init__(self, input_schema: dict[str, Any], output_schema: dict[str, Any] | None = None) -> None:
        self.tool = Tool(self.run, input_schema=input_schema, output_schema=output_schema)
        self.calls = 0
        self.answer: Any = "done"

    @hookimpl
    def tools(self) -> list[Tool]:
        return [self.tool]

    async def run(self, arguments: dict[str, Any]) -> Any:
        self.calls += 1
        return self.answer


async def call(plugin: Raw, arguments: dict[str, Any], **settings: Any) -> ToolResult:
    async with Host([Validation(**settings), plugin]) as host:
        return await host.call("run", arguments)


async def test_arguments_that_fit_go_on():
    assert (await call(Raw(SCHEMA), {"count": 1})).text == "done"


async def test_every_finding_is_named_and_nothing_is_called():
    plugin = Raw(SCHEMA)
    with pytest.raises(InvalidArguments) as caught:
        await call(plugin, {"count": "ann@example.com", "color": "red", "colour": "green"})
    text = str(caught.value)
    assert "color: no such argument; did you mean 'colour'?" in text
    assert 'count: the value is not of type "integer"' in text
    assert '"red" or "blue"' in text
    assert "ann@example.com" not in text
    assert plugin.calls == 0


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_numbers_that_json_has_not_are_refused_at_any_depth(number: float):
    with pytest.raises(InvalidArguments, match="not finite"):
        await call(Raw({"type": "object"}), {"a": [{"b": number}]})


async def test_arguments_nest_only_so_deep():
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArguments, match="nest deeper than [0-9]+ levels"):
        await call(Raw({"type": "object"}), {"a": deep})


async def test_wide_arguments_are_fine_up_to_a_bound():
    assert (await call(Raw({"type": "object"}), {"a": list(range(40_000))})).text == "done"
    with pytest.raises(InvalidArguments, match="more than 50000 values"):
        await call(Raw({"type": "object"}), {"a": list(range(60_000))})


async def test_a_reference_to_another_place_is_never_fetched():
    with pytest.raises(ToolError, match="cannot be used"):
        await call(Raw({"properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}}}), {})


async def test_a_recursive_schema_is_applied():
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}, "additionalProperties": False}
    with pytest.raises(InvalidArguments, match="no such argument"):
        await call(Raw(tree), {"child": {"child": {"x": 1}}})


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(?=(a+))\\1b$"])
async def test_a_pattern_cannot_take_for_ever(pattern: str):
    with pytest.raises(InvalidArguments, match="a: "):
        await call(Raw({"properties": {"a": {"type": "string", "pattern": pattern}}}), {"a": "a" * 50_000 + "!"})


async def test_a_schema_that_is_too_large_is_refused():
    schema = {"properties": {f"p{number}": {"type": "string"} for number in range(30_000)}}
    with pytest.raises(ToolError, match="too large"):
        await call(Raw(schema), {})


async def test_references_that_multiply_are_refused_and_do_not_hang():
    parts: dict[str, Any] = {"a0": {"type": "string"}}
    for level in range(1, 20):
        parts[f"a{level}"] = {"allOf": [{"$ref": f"#/$defs/a{level - 1}"}] * 10}
    with pytest.raises(ToolError, match="unfold to over"):
        await call(Raw({"$defs": parts, "properties": {"x": {"$ref": "#/$defs/a19"}}}), {"x": "y"})


async def test_a_long_chain_of_references_is_refused():
    chain: dict[str, Any] = {f"a{level}": {"$ref": f"#/$defs/a{level + 1}"} for level in range(5_000)}
    with pytest.raises(ToolError, match="cannot be used"):
        await call(Raw({"$defs": chain, "$ref": "#/$defs/a0"}), {})


async def test_references_in_a_circle_count_once():
    parts = {"a": {"anyOf": [{"$ref": "#/$defs/b"}, {"type": "string"}]}, "b": {"items": {"$ref": "#/$defs/a"}}}
    schema = {"$defs": parts, "properties": {"x": {"$ref": "#/$defs/a"}}}
    assert (await call(Raw(schema), {"x": [["y"]]})).text == "done"


async def test_a_schema_nested_without_end_is_refused():
    schema: dict[str, Any] = {}
    for _ in range(5_000):
        schema = {"properties": {"a": schema}}
    with pytest.raises(ToolError, match="too large"):
        await call(Raw(schema), {})


async def test_a_result_that_breaks_its_schema_fails():
    plugin = Raw({"type": "object"}, {"type": "object", "required": ["n"]})
    plugin.answer = {"m": 1}
    with pytest.raises(ToolError, match="breaks its own output schema: n: required, and missing"):
        await call(plugin, {})


async def test_a_result_may_be_let_through_unchecked():
    plugin = Raw({"type": "object"}, {"type": "object", "required": ["n"]})
    plugin.answer = {"m": 1}
    assert (await call(plugin, {}, results=False)).structured == {"m": 1}


async def test_schemas_may_use_all_of_2020_12():
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"a": {"$anchor": "here", "type": "string"}},
        "properties": {"x": {"$ref": "#here"}, "kind": {"const": "phone"}},
        "if": {"required": ["kind"]},
        "then": {"required": ["phone"]},
        "unevaluatedProperties": False,
    }
    with pytest.raises(InvalidArguments, match="phone: required"):
        await call(Raw(schema), {"kind": "phone"})


async def test_a_typed_tool_that_names_an_output_schema_is_held_to_it():
    class Typed:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.run, output_schema={"type": "object", "required": ["n"]})]

        async def run(self) -> ToolResult:
            return ToolResult.of("text", structured={"m": 1})

    async with Host([Validation(), Typed()]) as host:
        with pytest.raises(ToolError, match="breaks its own output schema"):
            await host.call("run")


@dataclass
class Part:
    name: str
    grams: float


class Note(BaseModel):
    words: str


@dataclass
class Recipe:
    title: str
    servings: Annotated[int, Field(ge=1)] = 2
    parts: list[Part] = dataclass_field(default_factory=list)
    note: Note | None = None


class Cook:
    """A tool of a recipe, and one of recipes."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.one), Tool(self.several)]

    async def one(self) -> Recipe:
        return self._recipe

    async def several(self) -> list[Recipe]:
        return [self._recipe]


WRONG: Any = "many ann@example.com"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("tool", ["one", "several"])
@pytest.mark.parametrize(
    ("recipe", "place"),
    [
        (Recipe("Soup", servings=WRONG), "servings"),
        (Recipe("Soup", servings=0), "servings"),
        (Recipe("Soup", parts=[Part("salt", WRONG)]), "parts.0.grams"),
        (Recipe("Soup", note=Note.model_construct(words=3)), "note"),
    ],
)
async def test_what_is_wrong_inside_a_typed_result_is_named(
    era: Any, tool: str, recipe: Recipe, place: str, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
):
    async with open_host(Cook(recipe), layers=["validation"]) as host, connect(host, era=era) as client:
        result = await client.call_tool(tool, {})
    path = f"result.0.{place}" if tool == "several" else place
    text = result.content[0].text
    assert result.is_error
    assert f"{tool} answered something that breaks its own output schema: {path}: the value is" in text
    for said in (text, caplog.text, *(str(warning.message) for warning in recwarn)):
        assert "ann@example.com" not in said


async def test_what_fits_its_schema_goes_out_without_a_warning(recwarn: pytest.WarningsRecorder):
    parts: Any = (Part("salt", 3),)
    async with Host([Validation(), Cook(Recipe("Soup", parts=parts, note=Note(words="hot")))]) as host:
        answer = await host.call("several")
    part, note = {"name": "salt", "grams": 3.0}, {"words": "hot"}
    assert answer.structured == {"result": [{"title": "Soup", "servings": 2, "parts": [part], "note": note}]}
    assert not recwarn.list


async def test_typed_results_may_be_let_through_unchecked():
    async with Host([Validation(results=False), Cook(Recipe("Soup", servings=0))]) as host:
        assert (await host.call("one")).structured["servings"] == 0


@dataclass
class Elsewhere:
    title: Annotated[str, WithJsonSchema({"$ref": "https://example.com/title"})]


async def test_types_that_a_schema_cannot_say_are_left_to_their_function():
    class Typed:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.run)]

        async def run(self) -> Elsewhere:
            return Elsewhere("here")

    async with Host([Validation(), Typed()]) as host:
        assert (await host.call("run")).structured == {"title": "here"}
