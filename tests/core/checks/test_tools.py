"""What is wrong with tools as clients see them: each fault is found, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from toolpost import Prompt, Resource, Tool
from toolpost.checks.tools import of_items, of_tools

from .faulty_tools import OBJECT, good, parameterless_words, raw, takes, wordless

WELL: dict[str, Any] = {"read_only": True, "open_world": False}
DEEP: dict[str, Any] = {"type": "string"}
for _ in range(12):
    DEEP = {"type": "object", "properties": {"x": DEEP}, "additionalProperties": False}


def field(schema: Any, name: str = "x") -> Tool:
    return raw(properties={name: {"description": "A thing.", **schema}})


FAULTS = {
    "a name with a dot": (Tool(good, name="weather.of", **WELL), "tool-name", "error"),
    "a name of toolpost's own": (Tool(good, name="toolpost_weather", **WELL), "tool-name", "error"),
    "no description": (Tool(wordless, **WELL), "tool-words", "error"),
    "a long description": (Tool(good, description="word " * 300, **WELL), "tool-words", "error"),
    "a description of a word": (Tool(good, description="Weather.", **WELL), "tool-words", "note"),
    "a parameter without a description": (Tool(parameterless_words, **WELL), "parameter-words", "error"),
    "a parameter with a long one": (field({"description": "word " * 200}), "parameter-words", "note"),
    "no JSON Schema": (field({"type": "text"}), "schema", "error"),
    "a root that is no object": (Tool(takes, input_schema={"type": "array"}, **WELL), "schema", "error"),
    "a choice at the root": (raw(anyOf=[{"required": ["x"]}]), "schema", "error"),
    "a reference to elsewhere": (field({"$ref": "https://example.com/schema.json"}), "schema", "error"),
    "a property that Anthropic refuses": (field({"type": "string"}, "the city"), "schema", "error"),
    "too many properties": (
        raw(properties={f"x{n}": {"type": "string", "description": "A thing."} for n in range(5001)}),
        "schema",
        "error",
    ),
    "unknown arguments": (
        Tool(takes, input_schema={"type": "object", "properties": {}}, **WELL),
        "schema",
        "note",
    ),
    "an output schema that is none": (
        Tool(takes, input_schema=OBJECT, output_schema={"type": 7}, **WELL),
        "schema",
        "error",
    ),
    "a keyword that strict mode refuses": (field({"type": "array", "uniqueItems": True}), "schema-strict", "note"),
    "a free-form map": (field({"type": "object", "additionalProperties": {"type": "string"}}), "schema-strict", "note"),
    "a deep schema": (field(DEEP), "schema-strict", "note"),
    "a long enum": (field({"enum": [str(n) for n in range(1001)]}), "schema-strict", "note"),
    "read-only and destructive": (Tool(good, read_only=True, destructive=True), "annotations", "error"),
    "cacheable and destructive": (Tool(good, destructive=True, cacheable=True), "annotations", "error"),
    "no hint": (Tool(good), "annotations", "note"),
    "a provider and no open world": (Tool(good, read_only=True, provider="acme"), "open-world", "note"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str):
    tool, rule, level = FAULTS[fault]
    assert (rule, level) in [(found.rule, found.level) for found in of_tools([tool])]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_finding_says_where_what_why_and_the_way_out(fault: str):
    for found in of_tools([FAULTS[fault][0]]):
        assert found.about.startswith("tool ")
        assert min(map(len, (found.what, found.why, found.way_out))) > 8
        assert "\n" not in found.sentence


def test_nothing_is_wrong_with_a_good_tool():
    assert list(of_tools([Tool(good, **WELL)])) == []


def test_names_that_look_alike_are_named():
    found = list(of_tools([Tool(good, name="roll_1", **WELL), Tool(good, name="roll_l", **WELL)]))
    assert [(one.rule, one.about) for one in found] == [("tool-twice", "tool 'roll_l'")]
    twice = list(of_tools([Tool(good, **WELL), Tool(good, **WELL)]))
    assert [one.what for one in twice] == ["it is there twice"]


def test_more_tools_than_openai_takes_are_too_many():
    tools = [Tool(good, name=f"forecast_{chr(97 + n // 26)}{chr(97 + n % 26)}x", **WELL) for n in range(129)]
    assert [found.rule for found in of_tools(tools) if found.rule != "tool-twice"] == ["tool-count"]


def test_a_module_for_networks_makes_the_open_world_a_question():
    found = list(of_tools([Tool(good, read_only=True)], "httpx"))
    assert [(one.rule, one.level) for one in found] == [("open-world", "note")]
    assert "imports httpx" in found[0].what


async def item(city: str) -> str:
    return city


async def told() -> str:
    """The message of the day."""
    return "hello"


@pytest.mark.parametrize(
    ("items", "level"),
    [
        ([Resource("x://{city}", item, mime_type="text/plain")], "error"),
        ([Resource("motd", told, mime_type="text/plain")], "error"),
        ([Resource("motd://today", told)], "note"),
        ([Resource("motd://today", told, mime_type="a/b"), Resource("motd://today", told, mime_type="a/b")], "error"),
        ([Prompt(item)], "error"),
    ],
    ids=["no description", "no scheme", "no media type", "twice", "a prompt's parameter"],
)
def test_faults_of_resources_and_prompts_are_found(items: Any, level: str):
    assert ("resource", level) in [(found.rule, found.level) for found in of_items(items)]


def test_nothing_is_wrong_with_a_good_resource():
    assert list(of_items([Resource("motd://today", told, mime_type="text/plain")])) == []
