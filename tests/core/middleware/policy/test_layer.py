"""What the rules of an operator do to calls, on every way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp_types import ElicitRequestParams, ElicitResult, InputRequiredResult

from toolpost import (
    Context,
    Host,
    Prompt,
    Refused,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    Unavailable,
    UnknownTool,
    hookimpl,
)
from toolpost.middleware.policy import Nature, Policy, Rule
from toolpost.server.mcp import mcp_server

LEGACY, MODERN = "legacy", "2026-07-28"


class Notes:
    """Counts what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.read_note, read_only=True),
            Tool(self.write_note),
            Tool(self.drop_notes, destructive=True),
            Tool(self.sleep, read_only=True),
        ]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("notes://all", self.every), Resource("notes://{name}", self.one)]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.summary), Prompt(self.letter, complete={"to": ["ann", "bob"]})]

    async def letter(self, to: str) -> str:
        """Write a letter."""
        return self._reach("letter")

    async def read_note(self) -> str:
        """Read."""
        return self._reach("read_note")

    async def write_note(self, text: str = "", password: str = "") -> str:
        """Write."""
        return self._reach("write_note")

    async def drop_notes(self) -> str:
        """Drop."""
        return self._reach("drop_notes")

    async def sleep(self) -> str:
        """Sleep."""
        await anyio.sleep_forever()
        return ""

    async def every(self) -> str:
        """All notes."""
        return self._reach("every")

    async def one(self, name: str) -> str:
        """One note."""
        return self._reach("one")

    async def summary(self) -> str:
        """Sum up."""
        return self._reach("summary")

    def _reach(self, name: str) -> str:
        self.reached.append(name)
        return name


def host(*rules: Rule) -> tuple[Host, Notes]:
    notes = Notes()
    return Host({"policy": Policy(list(rules)), "notes": notes}), notes


def by(principal: str = "local", surface: str = "python", **given: Any) -> Context:
    return Context(principal=principal, surface=surface, **given)


async def test_without_rules_everything_is_allowed_and_no_layer_stands():
    running, notes = host()
    async with running:
        await running.call("drop_notes")
    assert (running.layers, notes.reached) == ([], ["drop_notes"])


async def test_what_is_denied_is_unknown_and_not_listed():
    running, notes = host(Rule("deny", tools=("write_*",)))
    async with running:
        with pytest.raises(UnknownTool):
            await running.call("write_note")
    assert [tool.name for tool in running.tools_of("local")] == ["read_note", "drop_notes", "sleep"]
    assert notes.reached == []


async def test_what_is_denied_on_one_surface_alone_is_listed_and_refused_there():
    running, notes = host(Rule("deny", tools=("write_note",), surfaces=("http",), reason="use the desktop"))
    async with running:
        with pytest.raises(Refused, match=r"^write_note is denied by rule 1 of this toolpost's policy: use the desk"):
            await running.call("write_note", context=by(surface="http"))
        await running.call("write_note")
    assert notes.reached == ["write_note"]
    assert "write_note" in [tool.name for tool in running.tools_of("local")]


async def test_the_first_rule_that_matches_decides():
    running, notes = host(Rule("allow", principals=("ann", "team-*")), Rule("deny", plugins=("notes",)))
    async with running:
        for principal in ("ann", "team-a"):
            await running.call("write_note", context=by(principal))
        for principal in ("bob", "Ann", "teams", ""):
            with pytest.raises(UnknownTool):
                await running.call("write_note", context=by(principal))
    assert notes.reached == ["write_note"] * 2


async def test_names_are_compared_in_nfkc():
    running, _ = host(Rule("deny", principals=("ann",)))
    async with running:
        with pytest.raises(UnknownTool):
            await running.call("read_note", context=by("ａｎｎ"))
        await running.call("read_note", context=by("ANN"))


@pytest.mark.parametrize(
    ("nature", "matched"),
    [
        (Nature(destructive=True), {"write_note", "drop_notes"}),
        (Nature(destructive=False), {"read_note", "sleep"}),
        (Nature(read_only=True), {"read_note", "sleep"}),
        (Nature(read_only=False, billable=False), {"write_note", "drop_notes"}),
        (Nature(open_world=True), {"read_note", "write_note", "drop_notes", "sleep"}),
        (Nature(billable=True), set()),
    ],
)
def test_what_a_tool_does_not_say_of_itself_is_taken_as_the_worst(nature: Nature, matched: set[str]):
    running, _ = host(Rule("deny", tools=("*",), when=nature))
    assert running.tools.keys() - {tool.name for tool in running.tools_of("local")} == matched


async def test_a_rule_about_resources_is_about_nothing_else():
    running, notes = host(Rule("deny", resources=("*",)))
    async with running:
        await running.call("write_note")
        await running.prompt("summary")
        for uri in ("notes://all", "notes://one"):
            with pytest.raises(UnknownTool):
                await running.read(uri)
    assert notes.reached == ["write_note", "summary"]


async def test_a_rule_that_names_no_kind_is_about_all_of_them():
    running, notes = host(Rule("deny", surfaces=("python",)))
    async with running:
        for use in (running.call("read_note"), running.read("notes://all"), running.prompt("summary")):
            with pytest.raises(Refused):
                await use
    assert notes.reached == []


async def test_the_decision_is_noted():
    running, _ = host(Rule("deny", tools=("drop_*",), surfaces=("python",)), Rule("allow", tools=("write_note",)))
    refused, allowed, free = by(), by(), by()
    async with running:
        with pytest.raises(Refused):
            await running.call("drop_notes", context=refused)
        await running.call("write_note", context=allowed)
        await running.call("read_note", context=free)
    assert [(note.text, note.decision) for note in refused.notes] == [("rule 1", "denied")]
    assert [(note.text, note.decision) for note in allowed.notes] == [("rule 2", "allowed")]
    assert free.notes == []


async def test_a_call_takes_no_longer_than_its_rule_allows():
    running, _ = host(Rule("allow", tools=("sleep",), timeout=0.05))
    async with running:
        with pytest.raises(ToolError, match=r"^sleep did not finish within the 0\.05 s of rule 1, and was stopped$"):
            await running.call("sleep")


async def test_each_principal_has_the_rate_of_the_rule_to_themselves():
    now = [100.0]
    notes = Notes()
    policy = Policy([Rule("allow", tools=("read_*",), rate="2/minute")], clock=lambda: now[0])
    async with Host({"policy": policy, "notes": notes}) as running:
        for who in ("ann", "ann", "bob"):
            await running.call("read_note", context=by(who))
        context = by("ann")
        with pytest.raises(Unavailable, match=r"allows read_note 2/minute .*; try again in 30 seconds$") as late:
            await running.call("read_note", context=context)
        assert late.value.retry_after == pytest.approx(30)
        assert [note.decision for note in context.notes] == ["limited"]
        said = policy.explain(ToolCall(running.tools["read_note"], {}, by("ann")))
        assert str(said) == "rule 1 allows it, within 2/minute with bursts of 2, again in 30 s"
        now[0] += 30
        await running.call("read_note", context=by("ann"))
    assert len(notes.reached) == 4


async def test_questions_count_and_the_answer_to_one_is_the_same_call():
    asked: list[str] = []

    async def person(_: Any, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": len(asked) < 3})

    for era in (MODERN, LEGACY):
        asked.clear()
        running, notes = host(Rule("confirm", tools=("write_note",), rate="3/hour"))
        async with running, Client(mcp_server(running), mode=era, elicitation_callback=person) as client:
            failed = [(await client.call_tool("write_note", {"text": str(number)})).is_error for number in range(6)]
        assert failed == [False, False, True, True, True, True]
        assert len(asked) == 3
        assert len(notes.reached) == 2


async def test_a_client_that_never_brings_the_answer_is_limited_all_the_same():
    running, _ = host(Rule("confirm", tools=("write_note",), rate="3/hour"))
    async with running, Client(mcp_server(running), mode=MODERN, elicitation_callback=nobody) as client:
        found = [
            await client.session.call_tool("write_note", {"text": str(number)}, allow_input_required=True)
            for number in range(20)
        ]
    assert sum(isinstance(one, InputRequiredResult) for one in found) == 3


async def nobody(_: Any, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="cancel")


async def test_no_more_calls_at_once_than_the_rule_allows():
    running, _ = host(Rule("allow", tools=("sleep",), concurrency=1))
    async with running, anyio.create_task_group() as tasks:
        tasks.start_soon(running.call, "sleep")
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(Unavailable, match="1 at once; try again when a call under way has ended"):
            await running.call("sleep")
        tasks.cancel_scope.cancel()


class Asked:
    """A person who answers, and remembers what was asked."""

    def __init__(self, answer: Mapping[str, Any] | None) -> None:
        self.answer = answer
        self.messages: list[str] = []

    async def __call__(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        self.messages.append(message)
        return self.answer


async def test_a_person_is_asked_first():
    running, notes = host(Rule("confirm", tools=("write_*",), reason="Notes are read by all."))
    ann = Asked({"confirm": True})
    async with running:
        await running.call("write_note", {"text": "a\u202e\x1b[2J", "password": "hunter2"}, by("ann", question=ann))
    assert notes.reached == ["write_note"]
    assert ann.messages == [
        'May ann call write_note of notes?\n  text: "a\\u202e\\u001b[2J"\n  password: (hidden)\nNotes are read by all.'
    ]


@pytest.mark.parametrize("answer", [None, {"confirm": False}, {}])
async def test_a_no_is_a_refusal(answer: Mapping[str, Any] | None):
    running, notes = host(Rule("confirm", tools=("write_*",)))
    async with running:
        with pytest.raises(Refused, match=r"needs a person's yes by rule 1 .* said no$"):
            await running.call("write_note", {}, by(question=Asked(answer)))
    assert notes.reached == []


async def test_nobody_is_asked_while_a_person_types():
    running, _ = host(Rule("confirm", prompts=("letter",)))
    person, completion = Asked({"confirm": True}), running.prompts["letter"].completion
    assert completion is not None
    async with running:
        with pytest.raises(Refused, match="so nothing is suggested for it"):
            await running.answer(ToolCall(completion, {"argument": "to", "value": "a"}, by(question=person)))
    assert person.messages == []


def test_calls_that_no_rule_is_about_never_ask():
    running, _ = host(Rule("confirm", tools=("write_*",)))
    assert [name for name, tool in running.tools.items() if running.asks(tool)] == ["write_note"]


async def test_where_nobody_can_be_asked_it_is_refused_and_the_rule_named():
    running, notes = host(Rule("allow", principals=("ann",)), Rule("confirm", tools=("write_*",)))
    async with running:
        with pytest.raises(Refused, match=r"by rule 2 of this toolpost's policy: .* this client cannot ask one$"):
            await running.call("write_note")
    assert notes.reached == []


@pytest.mark.parametrize("era", [LEGACY, MODERN])
@pytest.mark.parametrize("agrees", [True, False])
async def test_clients_of_both_eras_ask_for_tools_resources_and_prompts(era: str, agrees: bool):
    asked: list[str] = []

    async def person(_: Any, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": agrees})

    running, notes = host(Rule("confirm", plugins=("notes",)))
    async with running, Client(mcp_server(running), mode=era, elicitation_callback=person) as client:
        assert (await client.call_tool("write_note", {"text": "hello"})).is_error is not agrees
        for use in (client.read_resource("notes://all"), client.get_prompt("summary")):
            if agrees:
                await use
            else:
                with pytest.raises(MCPError, match="said no"):
                    await use
    assert notes.reached == (["write_note", "every", "summary"] if agrees else [])
    assert [message.partition("\n")[0] for message in asked] == [
        "May local call write_note of notes?",
        "May local call resource every of notes?",
        "May local call prompt summary of notes?",
    ]


def test_it_explains_which_rule_decides():
    policy = Policy([Rule("deny", principals=("bob",), reason="on leave"), Rule("allow", timeout=30)])
    tool = Tool(Notes().read_note)
    mine, his = (policy.explain(ToolCall(tool, {}, by(name))) for name in ("ann", "bob"))
    assert (str(mine), mine.ends, mine.cause) == ("rule 2 allows it, within 30 s", False, ("rules", 1))
    assert (str(his), his.ends, his.cause) == ("would refuse: rule 1 denies it (on leave)", True, ("rules", 0))
    few = Policy([Rule("allow", rate="5/minute", timeout=30)])
    said = str(few.explain(ToolCall(tool)))
    assert said == "rule 1 allows it, within 5/minute with bursts of 5 and 30 s"
    assert "no rule matches" in str(Policy([]).explain(ToolCall(tool)))


def everything(running: Host) -> list[Tool]:
    return [*running.tools.values(), *(item.tool for item in (*running.resources, *running.prompts.values()))]


def test_names_that_nothing_has_are_doubted():
    tools = everything(host()[0])
    policy = Policy([Rule("deny", tools=("wirte_note",), plugins=("note",)), Rule("deny", resources=("every", "no"))])
    assert list(policy.doubts(tools, ["policy", "notes"])) == [
        "rule 1: no tool is called 'wirte_note'; did you mean 'write_note'?",
        "rule 1: no plugin is called 'note'; did you mean 'notes'?",
        "rule 2: no resource is called 'no'",
    ]


def test_rules_that_nothing_reaches_are_doubted():
    policy = Policy([Rule("allow", tools=("*",)), Rule("deny", tools=("write_*",)), Rule("deny", principals=("bob",))])
    (doubt,) = policy.doubts(everything(host()[0]), [])
    assert doubt.startswith("rule 2 is never reached: rule 1 decides before it")
