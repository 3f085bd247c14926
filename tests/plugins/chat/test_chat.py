"""`chat` asks a model and gives back its answer, for the model and for programs."""

from __future__ import annotations

import subprocess
import sys

import anyio
import anyio.to_thread
import jsonschema_rs
import pytest

from toolpost import Context, Host, InvalidArguments, Refused, Unavailable
from toolpost_chat import Chat
from toolpost_openai import OpenAI
from toolpost_openai.testing import chat_stream, chat_text, error, held, response_text


async def test_it_answers_a_prompt(provider, host):
    provider.replies.append(chat_stream("Par", "is."))
    async with host() as running:
        result = await running.call("chat", {"prompt": "What is the capital of France?"})
    assert result.text == "Paris."
    assert provider.journal[-1].body["messages"] == [{"role": "user", "content": "What is the capital of France?"}]


async def test_programs_get_usage_and_how_it_ended(provider, host):
    async with host() as running:
        result = await running.call("chat", {"prompt": "Hello"})
    assert result.structured == {
        "answer": "Hello, world.",
        "model": "served-model",
        "provider": "127.0.0.1",
        "finish_reason": "stop",
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
        "notes": [],
    }


async def test_the_ledger_gets_the_usage(provider, host):
    async with host() as running:
        result = await running.call("chat", {"prompt": "Hello"})
    assert result.meta["toolpost/usage"] == {"model": "served-model", "input_tokens": 3, "output_tokens": 4}


async def test_the_structured_answer_fits_the_schema_it_is_announced_with(provider, host):
    async with host() as running:
        result = await running.call("chat", {"prompt": "Hello"})
        jsonschema_rs.validate(running.tools["chat"].output_schema, result.structured)


@pytest.mark.parametrize("serves", ["openai", "compatible"])
async def test_all_arguments_arrive(provider, host, serves):
    arguments = {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}],
        "system": "Be brief.",
        "model": "gpt-5.4",
        "temperature": 0.2,
        "max_tokens": 50,
    }
    async with host({"serves": serves}) as running:
        await running.call("chat", arguments)
    body = provider.journal[-1].body
    limit = body.get("max_tokens") or body.get("max_output_tokens")
    assert (body["model"], body["temperature"], limit) == ("gpt-5.4", 0.2, 50)
    assert [m["role"] for m in body.get("messages") or body["input"]] == ["system", "user", "assistant"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "neither given"),
        ({"prompt": "a", "messages": [{"role": "user", "content": "b"}]}, "both given"),
        ({"prompt": "  "}, "prompt: empty"),
        ({"messages": []}, "messages: empty"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content: empty"),
        ({"messages": [{"role": "robot", "content": "b"}]}, "messages.0.role"),
        ({"prompt": "a", "temperature": 2.1}, "temperature"),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens"),
    ],
)
async def test_wrong_arguments_are_named_and_nothing_is_asked(provider, host, arguments, words):
    async with host() as running:
        with pytest.raises(InvalidArguments, match=words):
            await running.call("chat", arguments)
    assert not provider.journal


async def test_the_command_lines_text_is_the_prompt(host):
    schema = host().tools["chat"].input_schema
    assert next(iter(schema["properties"])) == "prompt"


async def test_every_argument_is_described(host):
    running = host(compatibility=True)
    fields = [field for tool in running.tools.values() for field in tool.input_schema["properties"].values()]
    assert all(field["description"] for field in fields)


async def test_progress_counts_characters_and_shows_none_of_them(provider, host):
    provider.replies.append(chat_stream("secret " * 10, "words " * 20))
    said = []

    async def report(done, total, message):
        said.append((done, total, message))

    async with host() as running:
        await running.call("chat", {"prompt": "Hello"}, Context(report=report))
    # Pieces that come together are counted together.
    assert said[-1] == (190, None, "190 characters")
    assert {count for count, _, _ in said} <= {70, 190}


async def test_a_model_that_has_ended_is_translated_and_said(provider, host):
    async with host({"serves": "openai"}) as running:
        result = await running.call("chat", {"prompt": "Hello", "model": "o1-preview"})
    assert result.structured["notes"] == ["the model o1-preview ended on 2025-07-28; gpt-6.1-sol answered"]


async def test_the_operators_model_is_asked_where_the_caller_names_none(provider, host):
    async with host(model="mistral") as running:
        await running.call("chat", {"prompt": "Hello"})
    assert provider.journal[-1].body["model"] == "mistral"


async def test_a_cut_answer_says_so(provider, host):
    provider.replies.append(chat_stream("Once upon", finish="length"))
    async with host() as running:
        result = await running.call("chat", {"prompt": "Tell", "max_tokens": 2})
    assert result.structured["finish_reason"] == "length"
    assert result.structured["notes"] == ["the answer was cut at max_tokens"]


@pytest.mark.parametrize("serves", ["openai", "compatible"])
async def test_cancelling_hangs_up_on_the_provider(provider, host, serves):
    provider.replies.append(held(chat_text("Once"), response_text("Once")))
    async with host({"serves": serves}) as running, anyio.create_task_group() as tasks:

        async def stop(done, total, message):
            tasks.cancel_scope.cancel()

        await running.call("chat", {"prompt": "Tell"}, Context(report=stop))
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)


async def test_a_busy_provider_is_unavailable(provider, host):
    provider.replies.append(error(429, "later", retry_after="2"))
    async with host() as running:
        with pytest.raises(Unavailable) as caught:
            await running.call("chat", {"prompt": "Hello"})
    assert caught.value.retry_after == 2


async def test_without_any_model_the_way_out_is_said(host):
    async with host({"base_url": ""}) as running:
        with pytest.raises(Refused, match="OPENAI_API_KEY"):
            await running.call("chat", {"prompt": "Hello"})


async def test_ask_openai_is_there_when_compatibility_is_on(provider, host):
    arguments = {"query": "Hello", "model": "mistral", "temperature": 0.5, "max_tokens": 9}
    async with host(compatibility=True) as running:
        result = await running.call("ask-openai", arguments)
    assert result.text == "Hello, world."
    body = provider.journal[-1].body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("mistral", 0.5, 9)


async def test_ask_openai_is_not_there_otherwise(host):
    assert list(host().tools) == ["chat"]


async def test_policies_can_see_what_the_tools_are(host):
    tools = host(compatibility=True).tools.values()
    assert all(tool.billable and tool.cacheable and tool.open_world and tool.read_only for tool in tools)


class Own:
    """A plugin that serves a model of its own, at the script's address."""

    name = "local"
    abilities = None

    def __init__(self, base_url: str) -> None:
        self.base_url, self.api_key, self.model = base_url, "own", "smol"
        self.max_tokens, self.demonstration = 512, True

    async def connect(self, report):
        await report(1000.0, 1000.0, "fetched the model")
        return self


async def test_without_a_key_our_own_model_answers_and_meta_says_which(provider):
    connection = OpenAI(local=Own(provider.base_url))
    async with Host([connection, Chat(connection)]) as running:
        result = await running.call("chat", {"prompt": "Hello"})
    assert result.structured["provider"] == "local"
    assert "demonstration" in result.meta["toolpost/demonstration"]
    assert "demonstration" not in result.text


async def test_more_than_our_own_model_gives_is_not_asked_for(provider):
    connection = OpenAI(local=Own(provider.base_url))
    async with Host([connection, Chat(connection)]) as running:
        result = await running.call("chat", {"prompt": "Hello", "max_tokens": 9_000})
    assert provider.journal[0].body["max_tokens"] == 512
    assert "max_tokens was lowered to 512" in result.structured["notes"][0]


async def test_progress_never_goes_back_after_the_model_was_fetched(provider):
    said = []

    async def report(done, total, message):
        said.append((done, message))

    connection = OpenAI(local=Own(provider.base_url))
    async with Host([connection, Chat(connection)]) as running:
        await running.call("chat", {"prompt": "Hello"}, Context(report=report))
    assert said == [(1000.0, "fetched the model"), (1013.0, "13 characters")]


def test_importing_it_does_not_import_the_sdk():
    code = "import sys, toolpost_chat; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
