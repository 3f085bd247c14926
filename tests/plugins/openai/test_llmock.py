"""The same against llmock, an emulator that we did not write."""

from __future__ import annotations

import pytest

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_openai import OpenAI, Question

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
