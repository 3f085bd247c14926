"""A question becomes a request in the model's dialect, and the stream a whole answer."""

from __future__ import annotations

import anyio
import anyio.to_thread
import pytest

from toolpost import InvalidArguments
from toolpost_openai import Question, Usage
from toolpost_openai.testing import chat_stream, chat_text, error, held, response_stream, response_text

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
HELLO = Question(messages=MESSAGES)


async def test_openai_is_asked_through_responses(provider, connected):
    provider.replies.append(response_stream("Hel", "lo."))
    async with connected(serves="openai") as connection:
        answer = await connection.ask(Question(messages=MESSAGES, model="gpt-5.4", temperature=0.5, max_tokens=9))
    assert (answer.text, answer.finish_reason, answer.usage) == ("Hello.", "stop", Usage(3, 4, 7))
    assert provider.journal[0].path == "/v1/responses"
    assert provider.journal[0].body == {
        "model": "gpt-5.4",
        "input": MESSAGES,
        "stream": True,
        "store": False,
        "temperature": 0.5,
        "max_output_tokens": 9,
    }


async def test_other_servers_are_asked_through_chat_completions(provider, connected):
    provider.replies.append(chat_stream("Hel", "lo."))
    async with connected() as connection:
        answer = await connection.ask(Question(messages=MESSAGES, model="gpt-4", temperature=0.5, max_tokens=9))
    assert (answer.text, answer.finish_reason, answer.usage) == ("Hello.", "stop", Usage(3, 4, 7))
    assert provider.journal[0].path == "/v1/chat/completions"
    assert provider.journal[0].body == {
        "model": "gpt-4",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 9,
    }


async def test_openais_chat_models_take_the_limit_by_its_new_name(provider, connected):
    async with connected(serves="openai") as connection:
        await connection.ask(Question(messages=MESSAGES, model="gpt-audio-mini", max_tokens=9))
    assert provider.journal[0].body["max_completion_tokens"] == 9


async def test_the_answer_tells_how_it_grows(provider, connected):
    provider.replies.append(chat_stream("four", "more"))
    heard = []

    async def hear(characters):
        heard.append(characters)

    async with connected() as connection:
        await connection.ask(HELLO, hear)
    assert heard[-1] == 8


@pytest.mark.parametrize(
    ("serves", "reply"),
    [
        ("openai", response_stream("Hel", cut_by="max_output_tokens")),
        ("compatible", chat_stream("Hel", finish="length")),
    ],
)
async def test_an_answer_cut_at_max_tokens_says_so(provider, connected, serves, reply):
    provider.replies.append(reply)
    async with connected(serves=serves) as connection:
        answer = await connection.ask(HELLO)
    assert answer.finish_reason == "length"
    assert answer.notes == ("the answer was cut at max_tokens",)


async def test_tokens_spent_on_reasoning_alone_are_explained(provider, connected):
    provider.replies.append(response_stream(cut_by="max_output_tokens"))
    async with connected(serves="openai") as connection:
        answer = await connection.ask(HELLO)
    assert "reasoning" in answer.notes[0]


async def test_temperature_is_left_out_where_the_model_refuses_it_and_the_answer_says_so(provider, connected):
    async with connected(serves="openai") as connection:
        answer = await connection.ask(Question(messages=MESSAGES, model="gpt-6-luna", temperature=1.0))
    assert "temperature" not in provider.journal[0].body
    assert answer.notes == ("temperature was left out: gpt-6-luna does not take it",)


async def test_temperature_that_only_the_server_knows_it_refuses_is_left_out_too(provider, connected):
    provider.replies.append(error(400, "Unsupported value", code="unsupported_value", param="temperature"))
    async with connected() as connection:
        answer = await connection.ask(Question(messages=MESSAGES, model="new", temperature=1.0))
    assert "temperature" not in provider.journal[1].body
    assert answer.notes == ("temperature was left out: new does not take it",)


async def test_a_server_that_wants_the_limits_new_name_gets_it(provider, connected):
    provider.replies.append(error(400, "Use another", code="unsupported_parameter", param="max_tokens"))
    async with connected() as connection:
        await connection.ask(Question(messages=MESSAGES, model="new", max_tokens=9))
    assert provider.journal[1].body["max_completion_tokens"] == 9
    assert "max_tokens" not in provider.journal[1].body


async def test_a_parameter_refused_again_and_again_is_an_error(provider, connected):
    refusal = error(400, "Unsupported value", code="unsupported_value", param="temperature")
    provider.replies.extend([refusal, refusal])
    async with connected() as connection:
        with pytest.raises(InvalidArguments):
            await connection.ask(Question(messages=MESSAGES, model="new", temperature=1.0))
    assert len(provider.journal) == 2


async def test_a_retired_model_is_translated_and_the_answer_says_so(provider, connected):
    async with connected(serves="openai") as connection:
        answer = await connection.ask(Question(messages=MESSAGES, model="o1-preview"))
    assert provider.journal[0].body["model"] == "gpt-6.1-sol"
    assert answer.notes == ("the model o1-preview ended on 2025-07-28; gpt-6.1-sol answered",)


async def test_other_servers_keep_old_names(provider, connected):
    async with connected() as connection:
        await connection.ask(Question(messages=MESSAGES, model="o1-preview"))
    assert provider.journal[0].body["model"] == "o1-preview"


async def test_a_character_that_came_in_two_halves_is_whole(provider, connected):
    provider.replies.append(chat_stream("\ud83d", "\ude00 and a half: \ud83d"))
    async with connected() as connection:
        answer = await connection.ask(HELLO)
    assert answer.text == "😀 and a half: \ufffd"


async def test_half_a_character_cannot_be_asked(provider, connected):
    async with connected() as connection:
        with pytest.raises(InvalidArguments, match="lone surrogate"):
            await connection.ask(Question(messages=[{"role": "user", "content": "\ud800"}], model="some"))


async def test_an_answer_of_nothing_says_so(provider, connected):
    provider.replies.append(chat_stream())
    async with connected() as connection:
        answer = await connection.ask(HELLO)
    assert (answer.text, answer.notes) == ("", ("the model answered nothing",))


@pytest.mark.parametrize("serves", ["openai", "compatible"])
async def test_cancelling_hangs_up_on_the_provider(provider, connected, serves):
    provider.replies.append(held(chat_text("Once"), response_text("Once")))
    async with connected(serves=serves) as connection, anyio.create_task_group() as tasks:

        async def stop(characters):
            tasks.cancel_scope.cancel()

        await connection.ask(HELLO, stop)
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)


async def test_the_connection_is_used_again(provider, connected):
    async with connected() as connection:
        first = await connection.ask(HELLO)
        second = await connection.ask(HELLO)
    assert first.text == second.text == "Hello, world."
