"""Which tools a model gets: named so that every provider takes them, mended, chosen, searched where they are many."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Context, InvalidArguments, Tool, hookimpl
from toolpost.testing.openai import say
from toolpost_gateway.loop.names import FOREIGN, Names
from toolpost_gateway.loop.schemas import mended
from toolpost_gateway.loop.search import Index
from toolpost_gateway.talk import Chosen, Request
from toolpost_openai.turns import Function

WORDS = ["weather", "mail", "calendar", "invoice", "photo", "music", "map", "stock", "recipe", "translate"]


def answer(arguments: dict[str, Any]) -> str:
    """Answer."""
    return f"answered {sorted(arguments)}"


def tool(name: str, description: str = "Does something.", schema: dict[str, Any] | None = None, **nature: Any) -> Tool:
    wanted = schema if schema is not None else {"type": "object", "properties": {}}
    return Tool(answer, name=name, description=description, input_schema=wanted, read_only=True, **nature)


class Shop:
    def __init__(self, *tools: Tool) -> None:
        self.listed = tools

    @hookimpl
    def tools(self):
        return self.listed


class Other(Shop):
    pass


def many(count: int) -> list[Tool]:
    return [tool(f"{WORDS[n % 10]}_{n}", f"Works with {WORDS[n % 10]} number {n}.") for n in range(count)]


async def test_tools_are_chosen_by_the_operator(talks):
    shop = Shop(tool("alpha"), tool("beta"), tool("gamma"))
    async with talks(shop, tools=["a*", "gamma"], tools_by_principal={"eve": [], "bob": ["beta"]}) as talk:
        found = {who: talk.loop.offered(Context(principal=who), Request(messages=[])) for who in ("ann", "bob", "eve")}
    assert {who: [one.name for one in tools] for who, tools in found.items()} == {
        "ann": ["alpha", "gamma"],
        "bob": ["beta"],
        "eve": [],
    }


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ((), []),
        ((Chosen(),), ["alpha", "beta", "there_find"]),
        ((Chosen(label="shop"),), ["alpha", "beta"]),
        ((Chosen(label="shop", allowed=frozenset({"beta"})), Chosen(label="there")), ["beta", "there_find"]),
        ((Chosen(label="there", allowed=frozenset({"find"})),), ["there_find"]),
    ],
)
async def test_tools_are_chosen_by_the_request(talks, chosen, names):
    upstream = {"toolpost/upstream": {"server": "there", "tool": "find"}}
    async with talks(Shop(tool("alpha"), tool("beta")), Other(tool("there_find", meta=upstream)), tools=["a*"]) as talk:
        await talk.ask("Hi", chosen=chosen)
    assert talk.functions() == names


async def test_a_server_that_is_none_is_said_to_be_none(talks):
    async with talks(Shop(tool("alpha"))) as talk:
        with pytest.raises(InvalidArguments, match="did you mean 'shop'"):
            await talk.ask("Hi", chosen=[Chosen(label="shpo")])


async def test_a_tool_that_is_chosen_and_not_there_is_noted(talks, provider):
    async with talks(Shop(tool("alpha"))) as talk:
        outcome = await talk.ask("Hi", chosen=[Chosen(allowed=frozenset({"alpha", "omega"}))])
    assert outcome.notes == ("there is no tool 'omega' for this caller",)


async def test_tools_for_the_page_of_an_app_alone_are_not_for_models(talks):
    hidden = tool("refresh", meta={"ui": {"visibility": ["app"]}})
    async with talks(Shop(hidden, tool("show", meta={"ui": {"visibility": ["model", "app"]}}))) as talk:
        await talk.ask("Hi")
    assert talk.functions() == ["show"]


async def test_more_tools_than_fit_are_searched(talks, provider, wants):
    async with talks(Shop(*many(300)), most_tools=20) as talk:
        provider.replies += [wants(("find_tools", {"query": "recipe number 38"})), wants("recipe_38"), say("Cooked.")]
        outcome = await talk.ask("Play music, please.")
    first, second = talk.functions(0), talk.functions(1)
    assert first[0] == "find_tools"
    assert len(first) <= 20
    assert all("music" in name for name in first[1:])
    assert "recipe_38" not in first
    assert "recipe_38" in second
    assert len(second) <= 20
    assert "recipe_38" in talk.results(1)["call_1"]
    assert outcome.text == "Cooked."


async def test_the_callers_functions_count_among_them(talks, provider):
    own = [Function(name=f"own_{n}", parameters={"type": "object", "properties": {}}) for n in range(10)]
    async with talks(Shop(*many(15)), most_tools=20) as talk:
        await talk.ask("Play music.", functions=own)
        assert len(talk.functions()) <= 20
        assert "find_tools" in talk.functions()
        outcome = await talk.ask("Play music.", functions=own * 2)
    assert talk.functions() == [function.name for function in own * 2]
    assert any("none of this host's tools fit" in note for note in outcome.notes)


async def test_a_search_knows_only_what_its_caller_has(talks, provider, wants):
    async with talks(
        Shop(*many(300), tool("secret_vault", "Opens the vault.")), most_tools=20, tools=["*_*[0-9]"]
    ) as talk:
        provider.replies += [wants(("find_tools", {"query": "open the secret vault"})), say("None.")]
        await talk.ask("Hi")
    assert "secret_vault" not in talk.results()["call_1"]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("send an email to someone", "send_email"),
        ("What's the weather forecast?", "getForecast"),
        ("emails", "send_email"),
        ("天气", "tianqi"),
    ],
)
def test_the_best_tool_comes_first(query, best):
    tools = [
        tool("send_email", "Send an email."),
        tool("getForecast", "The weather of the next days."),
        tool("tianqi", "查询天气预报"),
        tool("list_files", "List the files that there are, send nothing."),
        *many(50),
    ]
    found = Index(tools).find(query, {one.name for one in tools}, 3)
    assert found[0].name == best
    assert found == Index(tools).find(query, {one.name for one in tools}, 3)


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True), unique=True, max_size=20),
    st.sets(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), max_size=10),
)
def test_names_are_valid_unique_and_lead_back(names, taken):
    tools = [tool(name) for name in names]
    found = Names(tools, taken)
    functions = [found.of(one) for one in tools]
    assert len(set(functions)) == len(functions)
    assert not set(functions) & taken
    assert all(1 <= len(name) <= 64 and not FOREIGN.search(name) for name in functions)
    assert [found.tool(name) for name in functions] == tools


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({}, {"type": "object", "properties": {}}),
        ({"type": "object"}, {"type": "object", "properties": {}}),
        ({"type": ["object", "null"]}, {"type": "object", "properties": {}}),
        ({"type": "string"}, None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, None),
        (
            {"oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": True}}], "$schema": "x"},
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}},
        ),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"x": {"type": "array"}}}}},
            {
                "type": "object",
                "properties": {"x": {"type": "array", "items": {}}},
                "$defs": {"A": {"type": "object", "properties": {"x": {"type": "array", "items": {}}}}},
            },
        ),
        (
            {"type": "object", "properties": {"x": {"$ref": "https://else.where/schema"}}, "required": ["x", "y"]},
            {"type": "object", "properties": {"x": {}}, "required": ["x"]},
        ),
    ],
)
def test_schemas_are_mended_so_that_providers_take_them(schema, wanted):
    found = mended(schema)
    if found is not None:
        found.pop("$defs", None) if wanted and "$defs" not in wanted else None
    assert found == wanted


async def test_a_tool_that_no_mending_helps_is_left_out_with_a_note(talks):
    async with talks(Shop(tool("alpha"), tool("odd", schema={"type": "string"}))) as talk:
        outcome = await talk.ask("Hi")
    assert talk.functions() == ["alpha"]
    assert outcome.notes == ("the model cannot use odd: its arguments are no object",)


async def test_long_words_are_bounded(talks, provider):
    async with talks(Shop(tool("alpha", "word " * 1000))) as talk:
        await talk.ask("Hi")
    sent = next(one.body["tools"][0] for one in provider.requests if one.method == "POST")
    assert len((sent.get("function") or sent)["description"]) <= 1024
