"""The server that speaks like OpenAI, by the official client and by our own plugins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from toolpost.testing import OpenAIServer, open_host
from toolpost.testing.openai import (
    Answer,
    Received,
    ToolUse,
    Turn,
    call_tool,
    call_tools,
    cut,
    draw,
    fail,
    fail_midway,
    garbage,
    hang,
    judge,
    odd,
    png,
    say,
    spoil,
    turn,
    without_tools,
)

MESSAGES: Any = [{"role": "user", "content": "Where is the Louvre?"}]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk-test", base_url=server.base_url, max_retries=0, timeout=10) as made:
        yield made


def chat(client: OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(model="m", messages=MESSAGES, **more)


def respond(client: OpenAI, **more: Any) -> Any:
    return client.responses.create(model="m", input="Where is the Louvre?", **more)


def test_one_reply_fits_both_dialects_whole_and_as_a_stream(server: OpenAIServer, client: OpenAI):
    server.replies += [say("In ", "Paris.")] * 4
    assert chat(client).choices[0].message.content == "In Paris."
    chunks = [chunk.choices[0].delta.content for chunk in chat(client, stream=True)]
    assert chunks == ["", "In ", "Paris.", None]
    assert respond(client).output_text == "In Paris."
    with client.responses.stream(model="m", input="x") as stream:
        assert [event.delta for event in stream if event.type == "response.output_text.delta"] == ["In ", "Paris."]
        assert stream.get_final_response().output_text == "In Paris."


def test_usage_comes_in_a_stream_if_it_is_asked_for(client: OpenAI):
    *_, last = chat(client, stream=True, stream_options={"include_usage": True})
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens


def test_a_model_calls_tools_in_both_dialects(server: OpenAIServer, client: OpenAI):
    server.replies += [call_tool("roll", count=3)] * 3
    made = chat(client).choices[0]
    assert (made.finish_reason, made.message.tool_calls[0].function.name) == ("tool_calls", "roll")
    assert json.loads(respond(client).output[0].arguments) == {"count": 3}
    parts = [chunk.choices[0].delta.tool_calls for chunk in chat(client, stream=True)]
    assert json.loads("".join(part[0].function.arguments for part in parts if part)) == {"count": 3}


def test_a_turn_may_have_several_calls(server: OpenAIServer, client: OpenAI):
    server.replies.append(turn(Turn(["Both:"], [ToolUse("a", "{}", "c1"), ToolUse("b", "{}", "c2")], "tool_calls")))
    assert [item.type for item in respond(client).output] == ["message", "function_call", "function_call"]


def test_an_answer_may_be_cut_short(server: OpenAIServer, client: OpenAI):
    server.replies += [say("In", finish="length")] * 2
    assert chat(client).choices[0].finish_reason == "length"
    assert respond(client).incomplete_details.reason == "max_output_tokens"


def test_pictures_are_drawn_as_they_are_asked_for(server: OpenAIServer, client: OpenAI):
    made = client.images.generate(model="i", prompt="a cat", n=2, size="128x64")
    assert [base64.b64decode(one.b64_json or "")[16:24] for one in made.data or []] == [b"\0\0\0\x80\0\0\0\x40"] * 2
    server.replies.append(draw(b"mine"))
    edited = client.images.edit(model="i", prompt="make it snow", image=png(), mask=png(alpha=True))
    assert base64.b64decode((edited.data or [])[0].b64_json or "") == b"mine"
    form = server.requests[-1].body
    assert (form["prompt"], form["image"].data) == ("make it snow", png())


def test_pictures_come_as_a_stream(client: OpenAI):
    kinds = [event.type for event in client.images.generate(model="i", prompt="x", stream=True, partial_images=2)]
    assert kinds == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    kinds = [event.type for event in client.images.edit(model="i", prompt="x", image=png(), stream=True)]  # type: ignore[misc]
    assert kinds == ["image_edit.completed"]


def test_inputs_are_judged(server: OpenAIServer, client: OpenAI):
    assert not client.moderations.create(input="flowers").results[0].flagged
    server.replies.append(judge({"violence": 0.9}))
    results = client.moderations.create(input=["a", "b"]).results
    assert [(one.flagged, one.categories.violence, one.categories.hate) for one in results] == [(True, True, False)] * 2
    with pytest.raises(ValueError, match="'rudeness' is no category"):
        judge({"rudeness": 1})


def test_models_are_listed_and_looked_up(server: OpenAIServer, client: OpenAI):
    server.models = ["gpt-6-luna", {"id": "gpt-5", "shutdown_date": "2026-12-11"}]
    assert [model.id for model in client.models.list()] == ["gpt-6-luna", "gpt-5"]
    assert client.models.retrieve("gpt-5").id == "gpt-5"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-2")


Fault = tuple[Any, type[Exception], Callable[[OpenAI], Any]]


@pytest.mark.parametrize(
    ("reply", "error", "asked"),
    [
        (fail(429, retry_after=2), openai.RateLimitError, chat),
        (fail(500), openai.InternalServerError, respond),
        (fail(401, "who are you?"), openai.AuthenticationError, chat),
        (cut(say("In ", "Paris.")), openai.APIConnectionError, lambda client: list(chat(client, stream=True))),
        (cut(), openai.APIConnectionError, chat),
        (garbage(), json.JSONDecodeError, chat),
        (garbage(b"{not json"), json.JSONDecodeError, lambda client: list(respond(client, stream=True))),
    ],
)
def test_whatever_goes_wrong_at_a_provider_can_be_played(
    server: OpenAIServer, client: OpenAI, reply: Any, error: type[Exception], asked: Callable[[OpenAI], Any]
):
    server.replies.append(reply)
    with pytest.raises(error):
        asked(client)
    assert chat(client).choices[0].message.content == "Hello, world."


def test_an_error_says_when_to_come_back(server: OpenAIServer, client: OpenAI):
    server.replies.append(fail(429, "slow down", retry_after=1.5))
    with pytest.raises(openai.RateLimitError, match="slow down") as raised:
        chat(client)
    assert raised.value.response.headers["retry-after"] == "1.5"
    assert raised.value.code == "rate_limit_exceeded"


def test_a_client_that_hangs_up_on_silence_is_seen(server: OpenAIServer, client: OpenAI):
    server.replies.append(hang(say("In ", "Paris."), after=2))
    stream = chat(client, stream=True)
    assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "In "]
    stream.close()
    assert server.left.wait(10)


def test_silence_ends_with_the_server():
    with OpenAIServer() as server:
        server.replies.append(hang())
        client = OpenAI(api_key="x", base_url=server.base_url, max_retries=0, timeout=0.2)
        with pytest.raises(openai.APITimeoutError):
            chat(client)
    assert server.closing.is_set()


def test_requests_are_recorded(server: OpenAIServer, client: OpenAI):
    chat(client, temperature=0.5)
    asked = server.requests[0]
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == "Bearer sk-test"
    assert (asked.body["temperature"], asked.streams) == (0.5, False)


def test_answers_may_depend_on_the_request(server: OpenAIServer, client: OpenAI):
    def echo(request: Received) -> Answer | None:
        return say(request.body["messages"][-1]["content"].upper())(request) if request.method == "POST" else None

    server.answer = echo
    assert chat(client).choices[0].message.content == "WHERE IS THE LOUVRE?"
    assert list(client.models.list())


def test_an_unknown_path_is_said_to_be_so(client: OpenAI):
    with pytest.raises(openai.NotFoundError, match="unknown path /v1/embeddings"):
        client.embeddings.create(model="m", input="x")


async def test_our_own_plugins_speak_to_it(server: OpenAIServer):
    server.models, settings = ["gpt-6-luna"], {"openai": {"base_url": server.base_url, "api_key": "sk-test"}}
    server.replies.append(say("In ", "Paris."))
    async with open_host("openai", "chat", settings=settings) as host:
        assert (await host.call("chat", {"prompt": "Where is the Louvre?"})).text == "In Paris."
    assert any(request.method == "POST" for request in server.requests)


def test_a_model_thinks_aloud_and_its_reasoning_is_sealed_where_that_is_asked(server: OpenAIServer, client: OpenAI):
    thinking = turn(Turn(["Six."], thoughts=["Hm, ", "dice."], cached=2, reasoned=3))
    server.replies += [thinking] * 4
    assert chat(client).choices[0].message.reasoning_content == "Hm, dice."
    made = respond(client, include=["reasoning.encrypted_content"])
    assert [item.type for item in made.output] == ["reasoning", "message"]
    assert made.output[0].encrypted_content
    assert (made.usage.input_tokens_details.cached_tokens, made.usage.output_tokens_details.reasoning_tokens) == (2, 3)
    assert respond(client).output[0].encrypted_content is None
    with client.responses.stream(model="m", input="x") as stream:
        kinds = {event.type for event in stream}
        assert stream.get_final_response().output_text == "Six."
    assert "response.reasoning_summary_text.delta" in kinds


def test_a_model_declines_in_both_dialects(server: OpenAIServer, client: OpenAI):
    server.replies += [turn(Turn((), refusal="I will not."))] * 3
    assert chat(client).choices[0].message.refusal == "I will not."
    assert respond(client).output[0].content[0].refusal == "I will not."
    with client.responses.stream(model="m", input="x") as stream:
        assert [event.delta for event in stream if event.type == "response.refusal.delta"] == ["I will not."]


def test_several_calls_are_one_turn(server: OpenAIServer, client: OpenAI):
    server.replies += [call_tools(ToolUse("a", "{}", "c1"), ToolUse("b", '{"n": 1}', "c2"), text="Both:")] * 2
    assert [call.id for call in chat(client).choices[0].message.tool_calls] == ["c1", "c2"]
    with client.responses.stream(model="m", input="x") as stream:
        assert [item.type for item in stream.get_final_response().output] == ["message", *["function_call"] * 2]


@pytest.mark.parametrize("asked", [chat, respond])
def test_a_provider_fails_in_the_middle_of_a_stream(server: OpenAIServer, client: OpenAI, asked: Callable[..., Any]):
    server.replies += [fail_midway(message="too hot"), spoil(after=2)]
    if asked is chat:
        with pytest.raises(openai.APIError, match="too hot"):
            list(asked(client, stream=True))
    else:
        assert [event for event in asked(client, stream=True)][-1].message == "too hot"
    with pytest.raises(json.JSONDecodeError):
        list(asked(client, stream=True))


def test_servers_have_odd_habits(server: OpenAIServer, client: OpenAI):
    uses = ToolUse("a", '{"n": 1}', "c1"), ToolUse("b", '{"n": 2}', "c2")
    server.replies.append(odd(call_tools(*uses), "whole calls", "no ids", "one place", "stop"))
    chunks = list(chat(client, stream=True))
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [(call.index, call.id, call.function.arguments) for call in calls] == [
        (0, None, '{"n": 1}'),
        (0, None, '{"n": 2}'),
    ]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_model_may_know_of_no_tools(server: OpenAIServer, client: OpenAI):
    server.answer = without_tools("gemma:2b")
    tool: Any = {"type": "function", "function": {"name": "a", "parameters": {}}}
    with pytest.raises(openai.BadRequestError, match="gemma:2b does not support tools"):
        chat(client, tools=[tool])
    assert chat(client).choices[0].message.content == "Hello, world."
