"""What one answer may take: rounds, calls, time, money, and patience with a model that repeats itself."""

from __future__ import annotations

import anyio
import pytest

from toolpost import Tool, ToolError, hookimpl
from toolpost.testing.openai import hang, say
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.talk import Ended


class Counter:
    def __init__(self) -> None:
        self.counted = 0

    @hookimpl
    def tools(self):
        return [Tool(self.count, read_only=True), Tool(self.wait, read_only=True)]

    async def count(self, by: int = 1) -> str:
        """Count."""
        self.counted += by
        return f"{self.counted}"

    async def wait(self) -> str:
        """Wait for ever."""
        await anyio.sleep_forever()
        return ""


def choices(provider):
    return [one.body.get("tool_choice", "auto") for one in provider.requests if one.method == "POST"]


async def test_after_the_last_round_the_model_answers_with_what_it_has(talks, provider, wants, valid):
    async with talks(Counter(), rounds=3) as talk:
        provider.replies += [wants(("count", {"by": 1})), wants(("count", {"by": 2})), say("Three.")]
        outcome = await talk.ask("Count for ever.")
    assert choices(provider) == ["auto", "auto", "none"]
    assert (outcome.text, outcome.finish_reason, outcome.rounds) == ("Three.", "stop", 3)
    assert any("3 rounds" in note for note in outcome.notes)
    valid(outcome.messages)


async def test_a_model_that_calls_on_although_it_may_not_is_not_obeyed(talks, provider, wants, valid):
    counter = Counter()
    async with talks(counter, rounds=2) as talk:
        provider.replies += [wants("count"), wants("count", text="One more."), say("never")]
        outcome = await talk.ask("Count for ever.")
    assert counter.counted == 1
    assert outcome.rounds == 2
    assert outcome.messages[-1] == {"role": "assistant", "content": "One more."}
    valid(outcome.messages)


async def test_calls_above_the_limit_are_answered_without_being_made(talks, provider, wants, valid):
    counter = Counter()
    async with talks(counter, calls=2) as talk:
        provider.replies += [wants(*[("count", {"by": number}) for number in (1, 2, 3)]), say("Enough.")]
        outcome = await talk.ask("Count.")
    assert counter.counted == 3
    assert "no more calls" in talk.results()["call_3"]
    assert choices(provider) == ["auto", "none"]
    valid(outcome.messages)


async def test_the_same_call_time_after_time_is_told_to_stop(talks, provider, wants):
    counter = Counter()
    async with talks(counter) as talk:
        provider.replies += [wants("count"), wants("count"), wants("count"), say("All right.")]
        await talk.ask("Count.")
    assert counter.counted == 2
    assert "Stop calling it" in str(talk.asked())


async def test_the_same_call_several_times_in_one_turn_is_meant(talks, provider, wants):
    counter = Counter()
    async with talks(counter) as talk:
        provider.replies += [wants("count", "count", "count"), say("Three.")]
        await talk.ask("Count three times.")
    assert counter.counted == 3


async def test_tools_are_stopped_while_there_is_time_left_to_answer(talks, provider, wants, valid):
    async with talks(Counter(), seconds=2.0) as talk:
        provider.replies += [wants("wait", "count"), say("One of them did not come.")]
        with anyio.fail_after(10):
            outcome = await talk.ask("Wait.")
    assert outcome.text == "One of them did not come."
    assert "time for this answer is over" in talk.results()["call_1"]
    assert [ended.is_error for ended in talk.of(Ended) if ended.tool == "wait"] == [True]
    valid(outcome.messages)


async def test_an_answer_that_takes_too_long_is_an_error(talks, provider):
    async with talks(Counter(), seconds=0.5) as talk:
        provider.replies += [hang(say("Well", " then"), after=4)]
        with anyio.fail_after(10), pytest.raises(ToolError, match=r"0\.5 s"):
            await talk.ask("Hello?")
    assert talk.said == []


async def test_money_that_is_spent_ends_it(talks, provider, wants):
    # Nobody knows the price of the model here, so it is what the ledger has for that.
    ledger = {"ledger": {"unknown_cost": 0.3}}
    async with talks(Counter(), dollars=0.5, layers=["ledger"], settings=ledger) as talk:
        provider.replies += [wants(("count", {"by": 1})), wants(("count", {"by": 2})), say("That was it.")]
        outcome = await talk.ask("Count.")
    assert [choice == "none" for choice in choices(provider)] == [False, False, True]
    assert outcome.text == "That was it."
    assert "0.5 dollars" in str(outcome.notes)


async def test_a_limit_of_money_that_cannot_hold_says_so(talks, provider):
    async with talks(dollars=0.5) as talk:
        provider.replies += [say("Hello."), say("Hello.")]
        outcome = await talk.ask("Hi.")
        assert "0.5 dollars does not hold" in str(outcome.notes)
        talk.loop = Loop(talk.host, talk.openai, Terms())
        assert not (await talk.ask("Hi.")).notes


async def test_what_ends_the_caller_ends_provider_and_tools(talks, provider, wants):
    class Slow(Counter):
        def __init__(self) -> None:
            super().__init__()
            self.begun, self.ended = anyio.Event(), anyio.Event()

        async def wait(self) -> str:
            """Wait for ever."""
            self.begun.set()
            try:
                await anyio.sleep_forever()
            finally:
                self.ended.set()
            return ""

    slow = Slow()
    async with talks(slow, layers=["ledger", "timeout"]) as talk:
        provider.replies += [wants("wait")]
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(talk.ask, "Wait.")
                await slow.begun.wait()
                tasks.cancel_scope.cancel()
            await slow.ended.wait()
    assert talk.said == []


async def test_a_stream_is_closed_when_its_caller_goes(talks, provider):
    heard = anyio.Event()

    async with talks(layers=["ledger", "timeout", "retry"]) as talk:
        provider.replies += [hang(say("Well", " then"), after=4)]

        async def ask() -> None:
            from toolpost import Context
            from toolpost_gateway.talk import Request

            async def emit(event: object) -> None:
                heard.set()

            await talk.loop.run(Request(messages=[{"role": "user", "content": "Hi"}]), Context(), emit, said=talk.said)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask)
                await heard.wait()
                tasks.cancel_scope.cancel()
            assert await anyio.to_thread.run_sync(provider.left.wait, 5)
    assert talk.said == []


async def test_a_model_that_only_calls_at_the_end_has_not_answered(talks, provider, wants):
    async with talks(Counter(), rounds=2) as talk:
        provider.replies += [wants("count"), wants("count")]
        outcome = await talk.ask("Count for ever.")
    assert (outcome.text, outcome.finish_reason) == ("", "length")


@pytest.mark.parametrize("text", ["I would count.", ""])
async def test_no_call_is_made_where_the_request_wants_none(talks, provider, wants, valid, text):
    counter = Counter()
    async with talks(counter) as talk:
        provider.replies += [wants("count", text=text)]
        outcome = await talk.ask("Count.", choice="none")
    assert counter.counted == 0
    assert (outcome.text, outcome.finish_reason) == (text, "stop")
    assert any("tool_choice is none" in note for note in outcome.notes)
    valid(outcome.messages)
