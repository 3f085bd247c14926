"""A model answers, and uses the host's tools meanwhile."""

from __future__ import annotations

import anyio
import pytest

from toolpost import Context, Refused, Tool, ToolError, hookimpl
from toolpost.testing.openai import ToolUse, Turn, cut, fail, say, turn
from toolpost_gateway.talk import Advanced, Began, Ended, Text, Thought
from toolpost_openai.turns import Function


class Bench:
    """Tools of all sorts."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.both = anyio.Event()

    @hookimpl
    def tools(self):
        plain = [self.roll, self.meet, self.refuse, self.crash, self.dots, self.whoami]
        return [Tool(one, read_only=True) for one in plain] + [Tool(self.roll, name="dice.roll.v2", read_only=True)]

    async def roll(self, count: int = 1, *, context: Context) -> str:
        """Roll dice."""
        await context.progress(1, 2, "rolling")
        return f"rolled {count}"

    async def meet(self, who: str) -> str:
        """Answer only when two are there."""
        self.begun.append(who)
        if len(self.begun) == 2:
            self.both.set()
        await self.both.wait()
        return f"{who} was there"

    async def refuse(self) -> str:
        """Refuse."""
        raise Refused("not today")

    async def crash(self) -> str:
        """Crash."""
        raise RuntimeError("boom")

    async def dots(self) -> dict[str, int]:
        """Count dots."""
        return {"dots": 3}

    async def whoami(self, context: Context) -> str:
        """Say who calls."""
        return f"{context.principal} on {context.surface}"


async def test_an_answer_without_tools_is_heard_as_it_comes(talks, provider):
    async with talks() as talk:
        provider.replies.append(say("Par", "is", "."))
        outcome = await talk.ask("The capital of France?")
    assert (talk.heard, talk.models) == ("Paris.", [outcome.model])
    assert (outcome.text, outcome.finish_reason, outcome.rounds) == ("Paris.", "stop", 1)
    assert talk.said == outcome.messages == [{"role": "assistant", "content": "Paris."}]


async def test_a_tool_is_called_and_the_model_is_told_what_it_answered(talks, provider, wants, valid):
    async with talks(Bench()) as talk:
        provider.replies += [wants(("roll", {"count": 3})), say("Three.")]
        outcome = await talk.ask("Roll three.")
    assert talk.results() == {"call_1": "rolled 3"}
    assert outcome.text == "Three."
    valid(outcome.messages)


async def test_what_is_said_before_and_after_a_call_is_heard_in_its_place(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants("roll", text="Let me see."), wants("dots", text="And now."), say("Done.")]
        outcome = await talk.ask("Go.")
    kinds = [type(event) for event in talk.events]
    assert kinds == [Text, Began, Advanced, Ended, Text, Began, Ended, Text]
    assert talk.heard == outcome.text == "Let me see.\n\nAnd now.\n\nDone."


async def test_the_caller_hears_of_each_call(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants(("roll", {"count": 2})), say("Two.")]
        await talk.ask("Roll.")
    began, advanced, ended = talk.of(Began) + talk.of(Advanced) + talk.of(Ended)
    assert (began.id, began.tool, began.label, began.arguments) == ("call_1", "roll", "bench", '{"count": 2}')
    assert (advanced.id, advanced.done, advanced.total, advanced.message) == ("call_1", 1, 2, "rolling")
    assert (ended.id, ended.tool, ended.text, ended.is_error) == ("call_1", "roll", "rolled 2", False)


async def test_several_calls_run_at_once_and_are_answered_in_the_models_order(talks, provider, wants, valid):
    async with talks(Bench()) as talk:
        provider.replies += [wants(("meet", {"who": "ann"}), ("meet", {"who": "bob"})), say("They met.")]
        with anyio.fail_after(10):
            outcome = await talk.ask("Let them meet.")
    assert talk.results() == {"call_1": "ann was there", "call_2": "bob was there"}
    valid(outcome.messages)


async def test_each_failure_is_told_to_the_model_which_goes_on(talks, provider, wants, valid):
    async with talks(Bench()) as talk:
        uses = ["refuse", "crash", "nothing", ("roll", "{broken"), ("roll", "[1]"), ("roll", {"count": "many"})]
        provider.replies += [wants(*uses), say("I could not.")]
        outcome = await talk.ask("Try all.")
    told = talk.results()
    assert "not today" in told["call_1"]
    assert "failed unexpectedly" in told["call_2"]
    assert "no function 'nothing'" in told["call_3"]
    assert "no JSON object" in told["call_4"]
    assert "no JSON object" in told["call_5"]
    assert "count" in told["call_6"]
    assert outcome.text == "I could not."
    valid(outcome.messages)


async def test_data_without_text_is_told_as_json(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants("dots"), say("Three.")]
        await talk.ask("How many?")
    assert talk.results() == {"call_1": '{"dots":3}'}


async def test_names_that_providers_refuse_are_mapped_and_mapped_back(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants("dice_roll_v2"), say("One.")]
        await talk.ask("Roll.")
    assert "dice_roll_v2" in talk.functions()
    assert talk.of(Began)[0].tool == "dice.roll.v2"


async def test_tools_are_called_in_the_callers_name(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants("whoami"), say("You are Ann.")]
        await talk.ask("Who am I?", Context(principal="ann", surface="http"))
    assert talk.results() == {"call_1": "ann on http"}


async def test_who_may_not_call_gets_no_tools(talks):
    async with talks(Bench()) as talk:
        await talk.ask("Hi", Context(scopes=frozenset()))
    assert talk.functions() == []


async def test_usage_is_the_sum_of_all_turns(talks, provider, wants):
    async with talks(Bench()) as talk:
        provider.replies += [wants("dots"), wants("roll"), say("Done.")]
        outcome = await talk.ask("Go.")
    used = [one for one in provider.requests if one.method == "POST"]
    assert outcome.rounds == len(used) == 3
    assert outcome.usage.total_tokens == outcome.usage.input_tokens + outcome.usage.output_tokens
    assert outcome.usage.output_tokens >= 3


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_a_cut_answer_says_so_and_its_calls_are_not_made(talks, provider, finish):
    async with talks(Bench()) as talk:
        provider.replies.append(turn(Turn(["Well"], [ToolUse("roll", '{"cou', "call_1")], finish)))
        outcome = await talk.ask("Roll.")
    assert outcome.finish_reason == finish
    assert talk.of(Began) == []
    assert talk.said == [{"role": "assistant", "content": "Well"}]


async def test_an_answer_that_breaks_off_is_an_error_and_no_part_of_it_is_history(talks, provider, wants, valid):
    async with talks(Bench()) as talk:
        provider.replies += [wants("roll"), cut(say("Almost", " done"), after=4)]
        with pytest.raises(ToolError):
            await talk.ask("Roll.")
    assert [message["role"] for message in talk.said] == ["assistant", "tool"]
    valid(talk.said)


async def test_nothing_is_asked_again_after_the_first_word(talks, provider):
    async with talks(layers=["retry"], settings={"retry": {"first_wait": 0.001}}) as talk:
        provider.replies += [cut(say("Almost", " done"), after=4), say("Again.")]
        with pytest.raises(ToolError):
            await talk.ask("Go.")
    assert len([one for one in provider.requests if one.method == "POST"]) == 1
    assert "Again" not in talk.heard


async def test_a_provider_that_is_busy_is_asked_again(talks, provider):
    async with talks(layers=["retry"], settings={"retry": {"first_wait": 0.001}}) as talk:
        provider.replies += [fail(503), say("Here I am.")]
        outcome = await talk.ask("Hello?")
    assert outcome.text == "Here I am."


async def test_the_callers_own_function_keeps_its_name_and_is_returned(talks, provider, wants):
    own = Function(name="roll", description="The caller's.", parameters={"type": "object", "properties": {}})
    async with talks(Bench()) as talk:
        provider.replies += [wants(("roll", {"by": "caller"}))]
        outcome = await talk.ask("Roll.", functions=[own])
    assert outcome.finish_reason == "tool_calls"
    assert [(call.name, call.arguments) for call in outcome.wanted] == [("roll", '{"by": "caller"}')]
    assert talk.of(Began) == []
    assert "roll_2" in talk.functions()


async def test_a_text_that_looks_like_a_call_is_only_a_text(talks, provider):
    async with talks(Bench()) as talk:
        provider.replies.append(say('{"name": "roll", "arguments": {}}'))
        outcome = await talk.ask("Roll.")
    assert talk.of(Began) == []
    assert outcome.rounds == 1


async def test_a_caller_that_is_gone_ends_it_all(talks, provider, wants):
    async def gone(event: object) -> None:
        raise BrokenPipeError("gone")

    from toolpost_gateway.talk import Request

    async with talks(Bench(), layers=["ledger"]) as talk:
        provider.replies += [say("Hello", " there")]
        with pytest.raises(BrokenPipeError):
            await talk.loop.run(Request(messages=[{"role": "user", "content": "Hi"}]), Context(), gone)


@pytest.mark.parametrize("in_pieces", [True, False])
async def test_where_json_is_wanted_nothing_stands_before_it(talks, provider, wants, in_pieces):
    form = {"type": "json_schema", "json_schema": {"name": "point", "schema": {"type": "object"}}}
    async with talks(Bench()) as talk:
        provider.replies += [wants(("roll", {"count": 1}), text="Let me roll."), say('{"x":', " 1}")]
        outcome = await talk.ask("Roll.", in_pieces=in_pieces, settings={"response_format": form})
    assert outcome.text == talk.heard == '{"x": 1}'
    assert "".join(event.text for event in talk.of(Thought)) == "Let me roll."
    assert outcome.messages[0]["content"] == "Let me roll."


async def test_who_does_not_listen_hears_each_turn_at_once(talks, provider, wants):
    async with talks(Bench(), layers=["pii"]) as talk:
        provider.replies += [wants(("roll", {"count": 1}), text="I write to ann@example.com."), say("Do", "ne.")]
        outcome = await talk.ask("Roll.", in_pieces=False)
    assert [event.text for event in talk.of(Text)] == ["I write to [EMAIL].", "\n\nDone."]
    assert outcome.text == talk.heard
