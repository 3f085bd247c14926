"""The caller has functions of its own, which the model calls beside the host's tools."""

from __future__ import annotations

from typing import Any

import pytest

from toolpost import Context, InvalidArguments, Tool, hookimpl
from toolpost.testing import open_services
from toolpost.testing.openai import say
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.talk import Began, Outcome, Wanted
from toolpost_openai.turns import Function

PAINT = Function(name="paint", description="Paint it.", parameters={"type": "object", "properties": {}})


class Clock:
    @hookimpl
    def tools(self):
        return [Tool(self.tell, read_only=True)]

    async def tell(self) -> str:
        """Tell the time."""
        return "noon"


def sent_back(outcome: Outcome, answer: str = "painted") -> list[dict[str, Any]]:
    """What a client of Chat Completions appends: its own calls and their results, and nothing else."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in outcome.wanted
    ]
    results = [{"role": "tool", "tool_call_id": call.id, "content": answer} for call in outcome.wanted]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *results]


def shape(messages: list[dict[str, Any]]) -> list[str]:
    """A history in either dialect, in a word for each message."""
    words = []
    for message in messages:
        if message.get("type") in ("function_call", "function_call_output"):
            words.append(f"{message['type']} {message.get('name') or message.get('output')}")
        elif message.get("tool_calls"):
            words += [f"function_call {call['function']['name']}" for call in message["tool_calls"]]
        elif message["role"] == "tool":
            words.append(f"function_call_output {message['content']}")
        else:
            words.append(message["role"])
    return words


async def test_ours_is_made_and_theirs_is_returned(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell", ("paint", {"it": "red"}))]
        outcome = await talk.ask("Tell and paint.", functions=[PAINT])
    assert [began.tool for began in talk.of(Began)] == ["tell"]
    assert [event.invocation.name for event in talk.of(Wanted)] == ["paint"]
    assert [(call.name, call.arguments) for call in outcome.wanted] == [("paint", '{"it": "red"}')]
    assert outcome.finish_reason == "tool_calls"
    assert talk.said == []


async def test_what_ours_answered_is_there_again_when_theirs_comes_back(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell", "paint")]
        outcome = await talk.ask("Tell and paint.", functions=[PAINT])
        provider.replies += [say("Done at noon.")]
        history = [{"role": "user", "content": "Tell and paint."}, *sent_back(outcome)]
        ended = await talk.ask(history, functions=[PAINT])
    wanted = ["user", "function_call tell", "function_call paint"]
    assert shape(talk.asked()) == [*wanted, "function_call_output noon", "function_call_output painted"]
    assert ended.text == "Done at noon."


async def test_earlier_turns_of_the_same_request_are_there_again(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell"), wants("paint")]
        outcome = await talk.ask("Tell, then paint.", functions=[PAINT])
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Tell, then paint."}, *sent_back(outcome)], functions=[PAINT])
    assert shape(talk.asked()) == [
        "user",
        "function_call tell",
        "function_call_output noon",
        "function_call paint",
        "function_call_output painted",
    ]


async def test_what_was_kept_is_for_its_own_caller_alone(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell", "paint")]
        outcome = await talk.ask("Tell and paint.", Context(principal="ann"), functions=[PAINT])
        provider.replies += [say("Done.")]
        history = [{"role": "user", "content": "Tell and paint."}, *sent_back(outcome)]
        await talk.ask(history, Context(principal="eve"), functions=[PAINT])
    assert "noon" not in str(talk.asked())
    assert shape(talk.asked()) == ["user", "function_call paint", "function_call_output painted"]


async def test_another_process_with_the_same_store_knows_it_too(talks, provider, wants):
    async with open_services() as services, talks(Clock()) as talk:
        openai = next(plugin for name, plugin in talk.host.registry.plugins.items() if name == "openai")
        talk.loop = Loop(talk.host, openai, Terms(), services.store)
        provider.replies += [wants("tell", "paint")]
        outcome = await talk.ask("Tell and paint.", functions=[PAINT])
        talk.loop = Loop(talk.host, openai, Terms(), services.store)
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Tell and paint."}, *sent_back(outcome)], functions=[PAINT])
    assert "function_call_output noon" in shape(talk.asked())


async def test_an_answer_that_never_came_is_said_to_be_missing(talks, provider):
    called = {"id": "x", "type": "function", "function": {"name": "paint", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Paint."},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "of nothing", "content": "lost"},
        {"role": "user", "content": "Well?"},
    ]
    async with talks(Clock()) as talk:
        provider.replies += [say("Sorry.")]
        await talk.ask(history, functions=[PAINT])
    assert shape(talk.asked())[:2] == ["user", "function_call paint"]
    assert "no result" in shape(talk.asked())[2]
    assert "lost" not in str(talk.asked())


async def test_a_choice_that_ours_has_met_is_not_made_again(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell"), say("Noon.")]
        await talk.ask("Tell.", choice="tell")
    first, second = [one.body.get("tool_choice") for one in provider.requests if one.method == "POST"]
    assert "tell" in str(first)
    assert "tell" not in str(second)


async def test_a_choice_of_the_callers_function_is_never_one_of_ours(talks, provider):
    class Shredder:
        @hookimpl
        def tools(self):
            return [Tool(self.shred)]

        async def shred(self) -> str:
            """Shred."""
            return "shredded"

    async with talks(Shredder()) as talk:
        provider.replies += [say("No.")]
        await talk.ask("Go.", functions=[Function(name="shred", parameters=PAINT.parameters)], choice="shred")
        assert sorted(talk.functions()) == ["shred", "shred_2"]
    (chosen,) = [one.body["tool_choice"] for one in provider.requests if one.method == "POST"]
    assert "shred_2" not in str(chosen)


async def test_what_waits_is_restored_once_however_often_its_call_is_repeated(talks, provider, wants):
    async with talks(Clock()) as talk:
        provider.replies += [wants("tell", "paint")]
        outcome = await talk.ask("Tell and paint.", functions=[PAINT])
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Go."}, *(sent_back(outcome) * 20)], functions=[PAINT])
    assert shape(talk.asked()).count("function_call tell") == 1


async def test_what_waits_is_bounded_and_so_is_what_a_request_restores(talks, provider, wants):
    class Long:
        @hookimpl
        def tools(self):
            return [Tool(self.read, read_only=True)]

        async def read(self, n: int) -> str:
            """Read."""
            return "x" * 60_000

    async with talks(Long()) as talk:
        history = []
        for _ in range(6):
            provider.replies += [wants(*(("read", {"n": n}) for n in range(12)), "paint")]
            history += sent_back(await talk.ask("Go.", functions=[PAINT]))
        provider.replies += [wants(*(("read", {"n": n}) for n in range(20)), "paint")]
        history += sent_back(await talk.ask("Go.", functions=[PAINT]))
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Go."}, *history], functions=[PAINT])
    asked = shape(talk.asked())
    assert asked.count("function_call_output painted") == 7
    assert asked.count("function_call read") < 6 * 12 + 20
    assert len(str(talk.asked())) < 5_000_000
    # The last is there, and shorter.
    assert "cut here" in asked[-2]


async def test_two_calls_of_one_id_in_one_message_are_refused(talks, provider):
    called = {"id": "x", "type": "function", "function": {"name": "paint", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Paint."},
        {"role": "assistant", "content": None, "tool_calls": [called, called]},
        {"role": "tool", "tool_call_id": "x", "content": "one"},
        {"role": "tool", "tool_call_id": "x", "content": "two"},
    ]
    async with talks(Clock()) as talk:
        with pytest.raises(InvalidArguments, match=r"messages\[1\].*one id"):
            await talk.ask(history, functions=[PAINT])
    assert not [one for one in provider.requests if one.method == "POST"]
