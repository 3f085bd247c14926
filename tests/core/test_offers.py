"""Layers see what is offered: they reword it, withhold it, hide it from some, and colour its policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from toolpost import Context, Host, Prompt, Resource, Tool, UnknownTool, hookimpl
from toolpost.tools.streams import Chain


class Bench:
    @hookimpl
    def tools(self):
        return [Tool(self.saw), Tool(self.drill, provider="works")]

    @hookimpl
    def resources(self):
        return [Resource("bench://plan", self.plan)]

    @hookimpl
    def prompts(self):
        return [Prompt(self.draft)]

    async def saw(self, length: int) -> int:
        """Cut to length."""
        return length

    async def drill(self) -> str:
        """Make a hole."""
        return "hole"

    async def plan(self) -> str:
        """The plan."""
        return "plan"

    async def draft(self, what: str) -> str:
        """Draft it."""
        return what


@dataclass
class Layer:
    """A layer with any of the optional members, given as functions."""

    members: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        vars(self).update(self.members)

    @hookimpl
    def middleware(self):
        return self

    async def __call__(self, call, call_next):
        return await call_next(call)


def with_layers(**members: Any) -> Host:
    return Host({"layer": Layer(members), "bench": Bench()}, versions={"bench": "1.2"})


def test_a_tool_knows_its_plugin_and_the_version():
    tool = with_layers().tools["drill"]
    assert (tool.plugin, tool.version, tool.provider) == ("bench", "1.2", "works")


async def test_a_layer_rewords_what_is_offered():
    host = with_layers(offered=lambda tool: tool.with_words(description=tool.words.upper(), title="T"))
    assert host.tools["saw"].words == "CUT TO LENGTH."
    assert host.resources[0].tool.words == "THE PLAN."
    assert host.prompts["draft"].tool.words == "DRAFT IT."
    assert (await host.call("saw", {"length": 3})).structured == {"result": 3}


async def test_a_withheld_tool_is_unknown():
    host = with_layers(offered=lambda tool: None if tool.name in ("saw", "plan", "draft") else tool)
    assert list(host.tools) == ["drill"]
    assert (host.resources, host.prompts) == ([], {})
    with pytest.raises(UnknownTool):
        await host.call("saw", {"length": 1})


def test_a_layer_that_fails_over_a_tool_withholds_it():
    def offered(tool: Tool) -> Tool:
        return {"drill": tool}[tool.name]

    assert list(with_layers(offered=offered).tools) == ["drill"]


async def test_what_a_caller_does_not_have_is_unknown_to_that_caller_alone():
    host = with_layers(shows=lambda tool, principal: principal == "ann" or tool.name == "drill")
    assert [tool.name for tool in host.tools_of("ann")] == ["saw", "drill"]
    assert [tool.name for tool in host.tools_of("bob")] == ["drill"]
    assert (await host.call("saw", {"length": 1}, Context(principal="ann"))).structured == {"result": 1}
    for ask in (host.call("saw", {"length": 1}, Context(principal="bob")), host.read("bench://plan", Context("bob"))):
        with pytest.raises(UnknownTool):
            await ask
    with pytest.raises(UnknownTool):
        await host.prompt("draft", {"what": "x"}, Context(principal="bob"))


def test_a_layer_that_fails_to_say_hides():
    assert with_layers(shows=lambda tool, principal: 1 / 0).tools_of("ann") == []


def test_the_policy_of_a_tool_changes_with_the_settings_of_the_layers_around_it():
    def policy(**members: Any) -> str:
        return with_layers(**members).tools["saw"].policy

    assert policy() == ""
    assert policy(policy="a") == policy(policy="a") != policy(policy="b")
    assert policy(policy="a", applies_to=lambda tool: tool.name != "saw") == ""


class Upper:
    def __init__(self):
        self.held = ""

    def feed(self, text: str) -> str:
        out, self.held = self.held.upper(), text
        return out

    def end(self) -> str:
        return self.held.upper()


class Brackets:
    def feed(self, text: str) -> str:
        return text.replace("A", "[a]")

    def end(self) -> str:
        return ""


def test_text_in_pieces_passes_every_filter_to_its_end():
    chain = Chain([Upper(), Brackets()])
    assert "".join([chain.feed("xa"), chain.feed("b"), chain.end()]) == "X[a]B"
