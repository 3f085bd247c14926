"""Questions to a person and their answers pass the layer, in both eras of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import mcp
import pytest
from mcp_types import ElicitResult

from toolpost import Context, Host, InvalidArguments, Refused, Tool, hookimpl
from toolpost.middleware.pii import PII
from toolpost.server.mcp import mcp_server
from toolpost.tools.content import text
from toolpost.tools.peer import Root, Sampled, Sampling

ANN, BOB = "ann@example.com", "bob@example.com"


@dataclass
class Choice:
    who: Literal["ann@example.com", "bob@example.com"]
    reply_to: str = ANN
    remark: str = ""


class Mail:
    """A tool that asks before it sends."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.send), Tool(self.choose)]

    async def send(self, to: str, context: Context) -> str:
        self.seen.append(to)
        if not await context.ask(f"Send to {to}, and a copy to {BOB}?", bool, key="send" if context.peer else None):
            return "not sent"
        return f"sent to {to}"

    async def choose(self, context: Context) -> str:
        choice = await context.ask("Who?", Choice)
        self.seen.append((choice.who, choice.reply_to, choice.remark))
        return "done"


class Person:
    """Who is asked, and answers."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        self.asked.append((message, schema))
        return self.answer(schema) if callable(self.answer) else self.answer


async def call(tool: str, person: Person, mail: Mail, layer: PII, **arguments: Any) -> str:
    context = Context(question=person)
    async with Host([layer, mail]) as host:
        result = await host.call(tool, arguments, context)
    assert context.question is person
    return result.text


async def test_a_question_is_masked() -> None:
    person = Person({"confirm": True})
    await call("send", person, Mail(), PII(), to=ANN)
    assert person.asked[0][0] == "Send to [EMAIL], and a copy to [EMAIL]?"


async def test_the_person_reads_what_they_wrote_in_the_place_of_its_placeholder() -> None:
    person, mail = Person({"confirm": True}), Mail()
    assert await call("send", person, mail, PII(actions={"EMAIL": "placeholder"}), to=ANN) == f"sent to {ANN}"
    assert (mail.seen, person.asked[0][0]) == (["<EMAIL_1>"], f"Send to {ANN}, and a copy to <EMAIL_2>?")


async def test_who_picks_a_masked_choice_gives_the_tool_its_own_value() -> None:
    def second(schema: dict[str, Any]) -> dict[str, Any]:
        fields = schema["properties"]
        return {"who": fields["who"]["enum"][1], "reply_to": fields["reply_to"]["default"], "remark": f"mine: {ANN}"}

    person, mail = Person(second), Mail()
    await call("choose", person, mail, PII())
    fields = person.asked[0][1]["properties"]
    assert (fields["who"]["enum"], fields["reply_to"]["default"]) == (["[EMAIL]", "[EMAIL] (2)"], "[EMAIL]")
    assert mail.seen == [(BOB, ANN, "mine: [EMAIL]")]


async def test_a_question_with_what_is_refused_is_not_asked() -> None:
    person = Person({"confirm": True})
    with pytest.raises(Refused, match="the questions of send hold EMAIL"):
        await call("send", person, Mail(), PII(actions={"EMAIL": {"arguments": "pass", "results": "refuse"}}), to=ANN)
    assert person.asked == []


async def test_an_answer_that_its_form_does_not_allow_masked_is_refused() -> None:
    class Strict:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.ask)]

        async def ask(self, context: Context) -> str:
            assert context.question is not None
            schema = {"type": "object", "properties": {"mail": {"type": "string", "format": "email"}}}
            await context.question("Where to?", schema)
            return "done"

    async with Host([PII(), Strict()]) as host:
        with pytest.raises(Refused, match="the answer holds EMAIL"):
            await host.call("ask", {}, Context(question=Person({"mail": ANN})))


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_a_client_of_either_era_sees_its_own_value_and_the_tool_does_not(era: str) -> None:
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": True})

    mail = Mail()
    async with (
        Host([PII(actions={"EMAIL": "placeholder"}), mail]) as host,
        mcp.Client(mcp_server(host), mode=era, elicitation_callback=answer) as client,
    ):
        result = await client.call_tool("send", {"to": ANN})
    assert result.content[0].text == f"sent to {ANN}"
    assert set(mail.seen) == {"<EMAIL_1>"}
    assert asked == [f"Send to {ANN}, and a copy to <EMAIL_2>?"]


async def test_a_wrong_answer_is_still_the_forms_matter() -> None:
    with pytest.raises(InvalidArguments, match="does not fit its form"):
        await call("choose", Person({"who": "nobody"}), Mail(), PII())


class Client:
    """What a surface gives a call, for a client that can do everything."""

    def __init__(self) -> None:
        self.memory: dict[str, Any] = {}
        self.heard: list[Any] = []

    def can(self, capability: str) -> bool:
        return True

    async def release(self) -> None: ...

    async def log(self, level: Any, message: str, logger: str | None) -> None:
        self.heard.append(message)

    async def inquire(self, inquiry: Any, key: str | None) -> Any:
        self.heard.append(inquiry)
        if isinstance(inquiry, Sampling):
            return Sampled((text(f"ask {BOB} about {ANN}"),))
        return (Root("file:///work", f"work of {BOB}"),)


class Curious:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.look)]

    async def look(self, who: str, context: Context) -> list[str]:
        await context.log("info", f"asked by {who}, not {BOB}")
        said = await context.sample(f"who is {who}, and who {BOB}?", max_tokens=9, system=f"be kind to {who}")
        self.seen = [who, said.text, *(root.name for root in await context.roots())]
        return self.seen


async def test_logs_models_and_folders_of_the_client_pass_the_layer() -> None:
    client, curious, context = Client(), Curious(), Context()
    context.peer = client
    async with Host([PII(actions={"EMAIL": "placeholder"}), curious]) as host:
        result = await host.call("look", {"who": ANN}, context)
    line, wanted, _ = client.heard
    assert line == "asked by <EMAIL_1>, not <EMAIL_2>"
    assert (wanted.messages[0][1].text, wanted.system) == (f"who is {ANN}, and who <EMAIL_2>?", f"be kind to {ANN}")
    assert curious.seen == ["<EMAIL_1>", "ask <EMAIL_2> about <EMAIL_1>", "work of <EMAIL_2>"]
    assert result.structured == {"result": [ANN, f"ask {BOB} about {ANN}", f"work of {BOB}"]}
    assert context.peer is client
