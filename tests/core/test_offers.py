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


class Fails:
    """A member that fails as soon as it is looked at."""

    def __init__(self, kind):
        self.kind = kind

    def __get__(self, layer, owner):
        raise self.kind("hostile")


KINDS = pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError])


def hostile(member: str, value: Any) -> Host:
    layer = type("Hostile", (Layer,), {member: value})()
    return Host({"layer": layer, "bench": Bench()})


@KINDS
def test_a_policy_that_fails_is_like_no_other(kind):
    first, second = (hostile("policy", Fails(kind)).tools["saw"].policy for _ in range(2))
    assert first != second


@KINDS
@pytest.mark.parametrize("member", ["offered", "shows"])
def test_a_member_that_fails_withholds(member: str, kind):
    assert hostile(member, Fails(kind)).tools_of("ann") == []


@KINDS
def test_an_answer_that_fails_withholds(kind):
    def raises(self, *given):
        raise kind("hostile")

    assert hostile("offered", raises).tools_of("ann") == []
    assert hostile("shows", raises).tools_of("ann") == []


@pytest.mark.parametrize("nonsense", ["tool", 5, [], object()])
def test_what_is_no_tool_is_not_offered(nonsense):
    assert with_layers(offered=lambda tool: nonsense).tools_of("ann") == []


@pytest.mark.parametrize("nonsense", ["no", 1, None, object()])
def test_only_a_plain_yes_shows(nonsense):
    assert with_layers(shows=lambda tool, principal: nonsense).tools_of("ann") == []


@pytest.mark.parametrize("nonsense", [None, 0, "", []])
async def test_only_a_plain_no_leaves_a_layer_out(nonsense):
    calls = []

    class Counting(Layer):
        def applies_to(self, tool):
            return nonsense

        async def __call__(self, call, call_next):
            calls.append(call.tool.name)
            return await call_next(call)

    await Host({"layer": Counting(), "bench": Bench()}).call("drill")
    assert calls == ["drill"]
