"""What a tool wants of its client: the model, the folders, several things at once, in both eras."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import (
    CreateMessageResult,
    ElicitResult,
    ErrorData,
    InputRequiredResult,
    ListRootsResult,
    Root,
    TextContent,
)
from serving import LEGACY, MODERN
from shouting import Shouting

from toolpost import Context, Embedded, Host, Prompt, Refused, Resource, Tool, hookimpl
from toolpost.server.mcp import mcp_server

MISSING_CAPABILITY = -32021


@dataclass
class Name:
    name: str


class Wanting:
    """Tools that want something of the client; `made` counts what `once` was asked to make."""

    def __init__(self) -> None:
        self.made = 0

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        functions = (
            self.samples, self.blocks, self.lists, self.all_at_once, self.remembers, self.insists,
            self.able, self.named, self.named_twice, self.raw, self.refused_within, self.releases,
        )  # fmt: skip
        return [Tool(function) for function in functions]

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        return [Prompt(self.greeting)]

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        return [Resource("want://roots", self.listing), Resource("want://model", self.insists_too)]

    async def samples(self, context: Context) -> str:
        reply = await context.sample(
            [("user", "What is red?"), ("assistant", "A colour."), ("user", "And ann@example.org?")],
            max_tokens=7,
            system="Be brief.",
            temperature=0.5,
            stop=["\n"],
        )
        return f"{reply.model}: {reply.text} ({reply.stop_reason})"

    def blocks(self, context: Context) -> str:
        return f"{context.blocking.sample('Hello', max_tokens=1).text} {context.blocking.roots()[0].uri}"

    async def lists(self, context: Context) -> str:
        return " ".join(f"{root.name}={root.uri}" for root in await context.roots())

    async def all_at_once(self, context: Context) -> str:
        name, reply, roots = await context.together(
            context.ask("Who are you?", Name, key="name"),
            context.sample("Greet", max_tokens=9, key="greeting"),
            context.roots(key="roots"),
        )
        return f"{reply.text} {name.name} {len(roots)}"

    async def remembers(self, context: Context) -> str:
        number = await context.once("number", self.make)
        await context.confirm("First?")
        await context.confirm("Second?")
        return f"{number} {self.made}"

    async def make(self) -> int:
        self.made += 1
        return self.made

    async def insists(self, context: Context) -> str:
        context.require("sampling.tools", "roots")
        return "it can"

    async def insists_too(self, context: Context) -> str:
        return await self.insists(context)

    async def able(self, context: Context) -> list[str]:
        names = ("elicitation", "sampling", "roots", "sampling.tools", "elicitation.url", "flying")
        return [name for name in names if context.can(name)]

    async def named(self, what: str, context: Context) -> str:
        return (await context.ask(f"What is {what}?", Name, key="it")).name

    async def named_twice(self, context: Context) -> str:
        first = await context.ask("What is the first?", Name, key="it")
        second = await context.ask("What is the second?", Name, key="it")
        return f"{first.name} {second.name}"

    async def raw(self, context: Context) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"size": {"type": "string", "enum": ["s", "l"]}}}
        return dict(await context.ask("Which?", schema))

    async def refused_within(self, context: Context) -> str:
        try:
            await context.together(context.sample("Hello", max_tokens=1), context.roots())
        except Refused:
            return "refused"
        return "answered"

    async def releases(self, context: Context) -> str:
        await context.release()
        return "done"

    async def greeting(self, context: Context) -> str:
        return f"I am {(await context.ask('Who?', Name)).name}"

    async def listing(self, context: Context) -> Embedded:
        return Embedded("want://roots", await self.lists(context))


class Answers:
    """A client's side of it: a person, a model and a folder; what was asked is remembered."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def person(self, context: Any, params: Any) -> Any:
        self.asked.append(params)
        if "confirm" in params.requested_schema["properties"]:
            return ElicitResult(action="accept", content={"confirm": True})
        if "size" in params.requested_schema["properties"]:
            return ElicitResult(action="accept", content={"size": "l"})
        return ElicitResult(action="accept", content={"name": params.message.split()[-1].rstrip("?")})

    async def model(self, context: Any, params: Any) -> Any:
        self.asked.append(params)
        return CreateMessageResult(
            role="assistant", content=TextContent(text="Well."), model="small", stop_reason="endTurn"
        )

    async def folder(self, context: Any) -> Any:
        return ListRootsResult(roots=[Root(uri="file:///home/ann", name="home")])

    @property
    def callbacks(self) -> dict[str, Any]:
        return {
            "elicitation_callback": self.person,
            "sampling_callback": self.model,
            "list_roots_callback": self.folder,
        }


@pytest.fixture(params=[LEGACY, MODERN])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def connected(era: str, *plugins: Any, **callbacks: Any) -> AsyncIterator[Client]:
    async with Host(plugins or [Wanting()]) as host, Client(mcp_server(host), mode=era, **callbacks) as client:
        yield client


def said(result: Any) -> str:
    assert not result.is_error, result
    return str(result.content[0].text)


async def test_the_clients_model_goes_on_with_a_conversation(era: str):
    answers = Answers()
    async with connected(era, **answers.callbacks) as client:
        assert said(await client.call_tool("samples", {})) == "small: Well. (endTurn)"
    (wanted,) = answers.asked
    assert [(one.role, one.content.text) for one in wanted.messages][:2] == [
        ("user", "What is red?"),
        ("assistant", "A colour."),
    ]
    assert (wanted.max_tokens, wanted.system_prompt, wanted.temperature) == (7, "Be brief.", 0.5)
    assert wanted.stop_sequences == ["\n"]


async def test_what_the_clients_model_reads_passes_the_layers(era: str):
    answers = Answers()
    async with connected(era, Shouting(), Wanting(), **answers.callbacks) as client:
        await client.call_tool("samples", {})
    (wanted,) = answers.asked
    assert wanted.system_prompt == "BE BRIEF.!"
    assert wanted.messages[0].content.text == "WHAT IS RED?!"


async def test_the_folders_of_the_client_are_told(era: str):
    async with connected(era, **Answers().callbacks) as client:
        assert said(await client.call_tool("lists", {})) == "home=file:///home/ann"


async def test_a_plain_function_may_want_the_same(era: str):
    async with connected(era, **Answers().callbacks) as client:
        assert said(await client.call_tool("blocks", {})) == "Well. file:///home/ann"


async def test_several_wishes_come_true_together(era: str):
    async with connected(era, **Answers().callbacks) as client:
        assert said(await client.call_tool("all_at_once", {})) == "Well. you 1"


async def test_several_wishes_are_one_round():
    async with connected(MODERN, **Answers().callbacks) as client:
        first = await client.session.call_tool("all_at_once", {}, allow_input_required=True)
    assert isinstance(first, InputRequiredResult)
    methods = {key: one.method for key, one in first.input_requests.items()}
    assert methods == {"name": "elicitation/create", "greeting": "sampling/createMessage", "roots": "roots/list"}


async def test_what_was_done_once_is_not_done_again(era: str):
    wanting = Wanting()
    async with connected(era, wanting, **Answers().callbacks) as client:
        assert said(await client.call_tool("remembers", {})) == "1 1"


async def test_prompts_and_resources_may_ask_too(era: str):
    async with connected(era, **Answers().callbacks) as client:
        assert (await client.get_prompt("greeting", {})).messages[0].content.text == "I am Who"
        assert (await client.read_resource("want://roots")).contents[0].text == "home=file:///home/ann"


async def test_a_form_may_be_a_schema(era: str):
    async with connected(era, **Answers().callbacks) as client:
        assert json.loads(said(await client.call_tool("raw", {}))) == {"size": "l"}


async def test_a_tool_knows_what_its_client_can(era: str):
    async with connected(era, **Answers().callbacks) as client:
        able = json.loads(said(await client.call_tool("able", {})))
        able = able["result"] if isinstance(able, dict) else able
    assert able[:3] == ["elicitation", "sampling", "roots"]
    assert "flying" not in able
    async with connected(era) as client:
        assert (await client.call_tool("able", {})).structured_content == {"result": []}


@pytest.mark.parametrize("tool", ["samples", "lists", "all_at_once"])
async def test_a_client_that_cannot_is_refused_in_words(era: str, tool: str):
    async with connected(era) as client:
        result = await client.call_tool(tool, {})
    assert result.is_error
    assert "this needs" in result.content[0].text


async def test_a_tool_may_do_without(era: str):
    async with connected(era) as client:
        assert said(await client.call_tool("refused_within", {})) == "refused"


async def test_what_a_tool_insists_on_is_named_as_the_era_has_it():
    async with connected(MODERN) as client:
        for call in (client.call_tool("insists", {}), client.read_resource("want://model")):
            with pytest.raises(MCPError) as missing:
                await call
            assert missing.value.error.code == MISSING_CAPABILITY
            assert missing.value.error.data == {"requiredCapabilities": {"sampling": {"tools": {}}, "roots": {}}}
    async with connected(LEGACY) as client:
        result = await client.call_tool("insists", {})
    assert result.is_error
    assert "'sampling.tools', 'roots'" in result.content[0].text


async def test_a_client_whose_model_fails_is_refused_in_words():
    async def broken(context: Any, params: Any) -> ErrorData:
        return ErrorData(code=-1, message="no model")

    async with connected(LEGACY, sampling_callback=broken) as client:
        result = await client.call_tool("samples", {})
    assert result.is_error
    assert "brought no answer" in result.content[0].text


async def test_to_let_go_of_a_connection_that_stays_is_nothing(era: str):
    async with connected(era) as client:
        assert said(await client.call_tool("releases", {})) == "done"


def yes(name: str) -> ElicitResult:
    return ElicitResult(action="accept", content={"name": name})


async def again(client: Client, tool: str, given: dict[str, Any], state: str | None, **arguments: Any) -> Any:
    return await client.session.call_tool(
        tool, arguments, input_responses=given, request_state=state, allow_input_required=True
    )


async def test_a_key_is_the_plugins_own():
    async with connected(MODERN, **Answers().callbacks) as client:
        first = await again(client, "named", {}, None, what="it")
        assert list(first.input_requests) == ["it"]
        assert said(await again(client, "named", {"it": yes("red")}, first.request_state, what="it")) == "red"


async def test_a_wrong_key_is_asked_again_and_others_are_ignored():
    async with connected(MODERN, **Answers().callbacks) as client:
        for given in ({}, {"other": yes("x")}, {"it": ListRootsResult(roots=[])}):
            result = await again(client, "named", given, None, what="it")
            assert list(result.input_requests) == ["it"]
        assert said(await again(client, "named", {"it": yes("red"), "other": yes("x")}, None, what="it")) == "red"


async def test_one_key_for_two_questions_has_two_answers():
    async with connected(MODERN, **Answers().callbacks) as client:
        first = await again(client, "named_twice", {}, None)
        second = await again(client, "named_twice", {"it": yes("red")}, first.request_state)
        assert isinstance(second, InputRequiredResult)
        assert second.input_requests["it"].params.message == "What is the second?"
        assert said(await again(client, "named_twice", {"it": yes("blue")}, second.request_state)) == "red blue"


async def test_an_answer_to_a_question_that_reads_differently_now_is_none():
    asked = iter(["5", "500"])

    class Dear:
        @hookimpl
        def tools(self) -> Iterable[Tool]:
            return [Tool(self.buy)]

        async def buy(self, context: Context) -> str:
            return (await context.ask(f"Pay {next(asked)}?", Name, key="pay")).name

    async with connected(MODERN, Dear(), **Answers().callbacks) as client:
        first = await again(client, "buy", {}, None)
        second = await again(client, "buy", {"pay": yes("yes")}, first.request_state)
    assert isinstance(second, InputRequiredResult)
    assert second.input_requests["pay"].params.message == "Pay 500?"


async def test_a_state_opens_for_whoever_has_the_key():
    key, other = "k" * 32, "o" * 32
    async with (
        Host([Wanting()]) as host,
        Client(mcp_server(host, [key]), mode=MODERN, **Answers().callbacks) as one,
        Client(mcp_server(host, [other, key]), mode=MODERN, **Answers().callbacks) as rotated,
        Client(mcp_server(host, [other]), mode=MODERN, **Answers().callbacks) as stranger,
    ):
        first = await again(one, "named", {}, None, what="it")
        assert said(await again(rotated, "named", {"it": yes("red")}, first.request_state, what="it")) == "red"
        with pytest.raises(MCPError, match="requestState"):
            await again(stranger, "named", {"it": yes("red")}, first.request_state, what="it")


@pytest.mark.parametrize("keys", [["short"], ["k" * 32, "k" * 32]])
def test_a_key_that_is_none_is_refused_at_start(keys: list[str]):
    from toolpost import ConfigError

    with pytest.raises(ConfigError, match="state_keys"):
        mcp_server(Host([]), keys)
