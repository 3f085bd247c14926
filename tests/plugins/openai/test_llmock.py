"""The same against llmock, an emulator that we did not write."""

from __future__ import annotations

import json

import pytest

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_openai import OpenAI, Question
from toolpost_openai.turns import Function, Turn

HELLO = Question(messages=[{"role": "user", "content": "Hello"}], model="gpt-4o")


@pytest.fixture
async def connection(llmock):
    plugin = OpenAI(base_url=llmock.base_url())
    async with plugin.lifespan():
        yield await plugin.connect()


async def test_it_answers_with_usage(llmock, connection):
    llmock.reply("Bonjour.")
    answer = await connection.ask(HELLO)
    assert answer.text == "Bonjour."
    assert answer.usage is not None


async def test_a_rate_limit_is_unavailable_for_as_long_as_it_says(llmock, connection):
    llmock.rate_limit(retry_after=3)
    with pytest.raises(Unavailable) as caught:
        await connection.ask(HELLO)
    assert caught.value.retry_after == 3


@pytest.mark.parametrize("fault", ["disconnect", "truncate", "corrupt"])
async def test_a_fault_of_the_stream_is_an_error_and_nothing_is_sent_twice(llmock, connection, fault):
    getattr(llmock, fault)()
    with pytest.raises(ToolError, match="may have been carried out"):
        await connection.ask(HELLO)
    assert len([request for request in llmock.requests if "completions" in request.path]) == 1


async def test_a_prompt_that_is_too_long_is_for_the_caller_to_mend(llmock, connection):
    llmock.context_overflow()
    with pytest.raises(InvalidArguments, match="maximum context length"):
        await connection.ask(HELLO)


WEATHER = Function(
    name="get_weather",
    description="Tells the weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
QUESTION = {"role": "user", "content": "What is the weather in Oslo?"}


async def hear(piece):
    pass


@pytest.fixture(params=["openai", "compatible"])
async def either(request, llmock):
    plugin = OpenAI(base_url=llmock.base_url(), serves=request.param)
    async with plugin.lifespan():
        yield await plugin.connect()


async def turned(connection, *messages, **more):
    return await connection.converse(Turn(messages=messages, model="gpt-4o", functions=[WEATHER], **more), hear)


async def test_a_conversation_with_tools_goes_its_way_in_both_dialects(llmock, either):
    llmock.call_tool("get_weather", {"city": "Oslo"}, text="Let me see.")
    said = await turned(either, QUESTION)
    assert (said.text, said.finish_reason) == ("Let me see.", "tool_calls")
    (call,) = said.invocations
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Oslo"})
    made = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
    spoken = {"role": "assistant", "content": said.text, "tool_calls": [made], "kept": said.kept}
    llmock.reply("It rains.")
    ended = await turned(either, QUESTION, spoken, {"role": "tool", "tool_call_id": call.id, "content": "rain"})
    assert (ended.text, ended.finish_reason, ended.invocations) == ("It rains.", "stop", ())
    llmock.assert_resilient()


async def test_arguments_that_are_no_json_are_told_as_they_are(llmock, either):
    llmock.call_tool("get_weather", {"city": "Oslo"})
    llmock.break_tool_call("malformed_arguments")
    (call,) = (await turned(either, QUESTION)).invocations
    with pytest.raises(ValueError):
        json.loads(call.arguments)


@pytest.mark.parametrize("fault", ["disconnect", "truncate", "corrupt"])
async def test_a_call_that_breaks_off_is_an_error_and_nothing_is_sent_twice(llmock, either, fault):
    llmock.call_tool("get_weather", {"city": "Oslo"})
    getattr(llmock, fault)()
    with pytest.raises(ToolError, match="may have been carried out"):
        await turned(either, QUESTION)
    assert len(llmock.requests) == 1
