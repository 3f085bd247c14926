"""A provider that fails, refuses or breaks off: what the caller sees is an error, and never half an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from answering import Gate, answering

from toolpost.testing.openai import cut, fail, garbage, say

USER: Any = [{"role": "user", "content": "Hello"}]
# Enough of it that some has passed the layers before the end.
PIECES = ["Once upon a time there was a cat. ", *["It slept all day and all night. "] * 40]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One that tries nothing again, and leaves no provider alone."""
    with answering(tmp_path_factory.mktemp("gateway"), retries=False) as gate:
        yield gate


def test_an_unknown_model_is_not_found(gate: Gate):
    gate.provider.replies.append(fail(404, "The model `gone` does not exist", code="model_not_found", param="model"))
    with pytest.raises(openai.NotFoundError) as raised:
        gate.client().chat.completions.create(model="gone", messages=USER)
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError):
        gate.client().models.retrieve("gone")


def test_a_limit_of_the_provider_says_when_to_come_back(gate: Gate):
    gate.provider.answer = lambda request: fail(429, retry_after=200)(request) if request.method == "POST" else None
    with pytest.raises(openai.RateLimitError) as raised:
        gate.client().chat.completions.create(model="served-model", messages=USER)
    assert int(raised.value.response.headers["retry-after"]) >= 1
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_fails_is_a_bad_gateway(gate: Gate, stream: bool):
    gate.provider.answer = lambda request: fail(500)(request)
    with pytest.raises(openai.InternalServerError) as raised:
        gate.client().chat.completions.create(model="served-model", messages=USER, stream=stream)
    assert raised.value.status_code == 502


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("stream", [False, True])
def test_what_a_provider_could_not_do_is_not_sent_again_by_the_clients_sdk(gate: Gate, status: int, stream: bool):
    gate.provider.answer = lambda request: fail(status)(request) if request.method == "POST" else None
    client = gate.client(max_retries=2)
    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(model="served-model", messages=USER, stream=stream)
    with pytest.raises(openai.APIStatusError):
        client.responses.create(model="served-model", input="Hi", stream=stream)
    assert len(gate.asked) == 2


def test_an_error_calls_the_provider_by_what_no_layer_hides(gate: Gate):
    gate.provider.answer = lambda request: fail(500)(request)
    message = gate.chat().json["error"]["message"]
    assert "the server of base_url" in message
    assert "[" not in message


@pytest.mark.parametrize("status", [429, 503])
def test_nobody_invents_when_to_come_back(gate: Gate, status: int):
    gate.provider.replies.append(fail(status))
    assert "retry-after" not in gate.chat().headers


@pytest.mark.parametrize("broken", [cut(say("Hello,", " world."), after=3), garbage()])
def test_what_broke_before_a_word_was_said_is_no_answer(gate: Gate, broken: Any):
    gate.provider.replies += [broken] * 3
    reply = gate.chat()
    assert reply.status == 502
    assert "choices" not in reply.json


def test_a_stream_that_breaks_never_looks_complete(gate: Gate):
    gate.provider.replies.append(cut(say(*PIECES), after=30))
    reply = gate.chat(stream=True)
    assert reply.status == 200
    assert b"[DONE]" not in reply.body
    *before, last = reply.events
    assert not any(one["choices"][0]["finish_reason"] for one in before)
    assert last["error"]["message"]
    assert last["error"]["type"] == "server_error"


def test_the_sdk_raises_where_a_stream_breaks(gate: Gate):
    gate.provider.replies.append(cut(say(*PIECES), after=30))
    stream = gate.client().chat.completions.create(model="served-model", messages=USER, stream=True)
    heard: list[str] = []
    with pytest.raises(openai.APIError):
        heard.extend(one.choices[0].delta.content or "" for one in stream)
    assert "Once upon a time" in "".join(heard)


def test_a_response_that_breaks_has_failed(gate: Gate):
    gate.provider.replies.append(cut(say(*PIECES), after=30))
    reply = gate.server.request("POST", "/v1/responses", {"model": "served-model", "input": "Hi", "stream": True})
    kinds = [one["type"] for one in reply.events]
    assert kinds[-2:] == ["response.failed", "error"]
    assert "response.completed" not in kinds
    assert reply.events[-2]["response"]["error"]["code"] == "server_error"


def test_no_error_tells_of_our_insides(gate: Gate):
    gate.provider.replies.append(fail(401, "Incorrect API key provided: sk-upstream"))
    reply = gate.chat()
    assert b"sk-upstream" not in reply.body
    assert b"Traceback" not in reply.body
    assert reply.status == 403
