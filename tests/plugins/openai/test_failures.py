"""Whatever the provider does wrong arrives as the right error of ours."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr

from toolpost import InvalidArguments, Refused, ToolError, Unavailable
from toolpost_openai import Question
from toolpost_openai.server import Server
from toolpost_openai.testing import (
    chat_end,
    chat_text,
    cut,
    error,
    held,
    response_end,
    response_stream,
    response_text,
    stream,
)

HELLO = Question(messages=[{"role": "user", "content": "Hello"}])
KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def fails(provider, connected):
    """The error for a question that the provider answers so."""

    async def ask(reply, question=HELLO, **settings):
        provider.replies.append(reply)
        async with connected(api_key=SecretStr(KEY), **settings) as connection:
            with pytest.raises(ToolError) as caught:
                await connection.ask(question)
        return caught.value

    return ask


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (error(400, "messages is too long"), InvalidArguments, "messages is too long"),
        (error(422, "wrong type"), InvalidArguments, "wrong type"),
        (error(401, f"Incorrect API key provided: {KEY}"), Refused, "OPENAI_API_KEY"),
        (error(403, "Country not supported"), Refused, "Country not supported"),
        (error(402, "Insufficient balance"), Refused, "Insufficient balance"),
        (error(404, "no such route"), Refused, "base_url"),
        (error(429, "Rate limit reached"), Unavailable, "429"),
        (error(429, "You exceeded your quota", code="insufficient_quota"), Refused, "no credit"),
        (error(500, "oops"), ToolError, "may have been carried out"),
        (error(502, "oops"), ToolError, "may have been carried out"),
        (error(503, "busy"), Unavailable, "503"),
        (error(504, "oops"), ToolError, "may have been carried out"),
    ],
)
async def test_a_status_becomes_one_of_our_errors(fails, reply, kind, words):
    failure = await fails(reply)
    assert type(failure) is kind
    assert words in str(failure)


@pytest.mark.parametrize(
    ("status", "up"),
    [(400, True), (401, True), (429, True), (500, False), (503, False)],
)
async def test_an_error_says_whether_the_provider_stands_and_its_status(fails, status, up):
    failure = await fails(error(status, "no"))
    assert failure.meta == {"toolpost/provider": {"name": "127.0.0.1", "up": up, "status": status}}


async def test_an_error_about_a_model_that_is_not_there_is_marked(fails):
    failure = await fails(error(404, "there is no such model", code="model_not_found"))
    assert "toolpost/missing_model" in failure.meta


@pytest.mark.parametrize("reply", [stream(), stream(b"data: {broken\n\n"), cut(chat_text("Hel"))])
async def test_an_answer_that_breaks_off_is_never_unavailable(fails, reply):
    assert not isinstance(await fails(reply), Unavailable)


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_that_the_provider_asks_for_is_passed_on(fails, status):
    assert (await fails(error(status, "later", retry_after="12"))).retry_after == 12.0


async def test_a_missing_model_is_named_with_the_nearest(fails, provider):
    provider.models = ["llama-3.1-8b", "qwen3-4b"]
    failure = await fails(
        error(404, "The model `lama-3.1` does not exist", code="model_not_found"),
        Question(messages=HELLO.messages, model="lama-3.1"),
    )
    assert type(failure) is InvalidArguments
    assert "'lama-3.1'" in str(failure)
    assert "llama-3.1-8b" in str(failure)


async def test_openai_lacks_a_model_and_the_catalogue_knows_the_nearest(fails):
    failure = await fails(
        error(404, "The model `gpt-6-lunar` does not exist", code="model_not_found"),
        Question(messages=HELLO.messages, model="gpt-6-lunar"),
        serves="openai",
    )
    assert "gpt-6-luna" in str(failure)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 500])
async def test_no_error_repeats_the_key(fails, status):
    failure = await fails(error(status, f"the key {KEY} or sk-proj-someoneElses_key or Bearer abc.def is bad"))
    assert not any(secret in str(failure) for secret in (KEY, "someoneElses", "abc.def"))


async def test_a_long_sentence_of_the_provider_becomes_one_short_line(fails):
    failure = await fails(error(400, "very\nbad " * 500))
    assert "\n" not in str(failure)
    assert len(str(failure)) < 400


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"", b"{", b'"bad"', b"[]", b'{"error": "bad"}'])
async def test_an_error_without_our_form_is_still_one_of_ours(fails, body):
    assert type(await fails(lambda handler: handler.send(400, body))) is InvalidArguments


@pytest.mark.parametrize("serves", ["openai", "compatible"])
@pytest.mark.parametrize(
    "reply",
    [
        stream(),
        stream(b"data: {broken\n\n"),
        stream(b"data: \xff\xfe\n\n"),
        stream(5),
        stream("text"),
        stream([]),
        stream({}),
        stream({"type": "response.output_text.delta", "delta": 7}),
        stream({"type": "response.completed"}),
        stream({"choices": [{"delta": {"content": 7}}]}),
        stream({"choices": [{"delta": {"content": ["text"]}}]}, chat_end()),
        stream({"type": "response.output_text.delta", "delta": ["text"]}, response_end()),
        stream({"choices": 7}),
        stream(chat_text("half of"), response_text("half of")),
        stream(chat_text("half of"), b"data: [DONE]\n\n"),
        lambda handler: handler.send(200, b'{"not": "a stream"}'),
    ],
)
async def test_a_malformed_or_truncated_answer_is_never_shown_as_complete(fails, serves, reply):
    failure = await fails(reply, serves=serves)
    assert type(failure) is ToolError
    assert "half of" not in str(failure)


@pytest.mark.parametrize("serves", ["openai", "compatible"])
async def test_a_broken_connection_may_have_been_carried_out(fails, serves):
    failure = await fails(cut(chat_text("half of"), response_text("half of")), serves=serves)
    assert type(failure) is ToolError
    assert "may have been carried out" in str(failure)


@pytest.mark.parametrize("status", [400, 500, 503])
@pytest.mark.parametrize("headers", [{"content_length": "999"}, {"content_encoding": "gzip"}])
async def test_an_error_whose_body_breaks_off_is_still_one_of_ours(fails, status, headers):
    failure = await fails(lambda handler: handler.send(status, b'{"error":', **headers))
    assert type(failure) is ToolError
    assert "may have been carried out" in str(failure)


async def test_silence_in_the_body_of_an_error_is_silence(fails):
    def silent(handler):
        handler.send(500, b'{"error":', content_length="999")
        handler.connection.recv(1)

    failure = await fails(silent, timeout=0.05)
    assert type(failure) is ToolError
    assert "toolpost/timeout" in failure.meta


async def test_a_server_without_a_name_is_called_by_the_setting_that_holds_its_address(fails):
    failure = await fails(error(500, "oops"))
    assert str(failure).startswith("the server of base_url failed (500)")
    assert "127.0.0.1" not in str(failure)


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("10.0.0.7", "the server of base_url"),
        ("::1", "the server of base_url"),
        ("models.example.org", "models.example.org"),
        ("openai", "openai"),
    ],
)
def test_a_name_stays_a_name(host, label):
    assert Server(host, "http://x/v1").label == label


async def test_silence_after_the_request_was_sent_is_not_unavailable(fails):
    failure = await fails(held(), timeout=0.05)
    assert type(failure) is ToolError
    assert "silent" in str(failure)
    assert "toolpost/timeout" in failure.meta


async def test_a_server_that_cannot_be_reached_is_unavailable(connected):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        async with connected(base_url=f"http://127.0.0.1:{unheard.getsockname()[1]}/v1") as connection:
            with pytest.raises(Unavailable, match="is it running, and is base_url"):
                await connection.ask(HELLO)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("server_error", ToolError), ("insufficient_quota", Refused), ("invalid_prompt", Refused)],
)
async def test_a_response_that_fails_in_mid_stream_is_an_error(fails, code, kind):
    failed = {"type": "response.failed", "response": {"error": {"code": code, "message": "went wrong"}}}
    assert type(await fails(stream(response_text("half"), failed), serves="openai")) is kind


async def test_an_error_event_in_mid_stream_is_an_error(fails):
    failure = await fails(stream(chat_text("half"), {"error": {"message": "out of memory", "code": None}}))
    assert type(failure) is ToolError
    assert "out of memory" in str(failure)


@pytest.mark.parametrize("reply", [error(500, "oops"), error(429, "later"), stream(), cut(), held()])
async def test_nothing_is_ever_sent_twice(fails, provider, reply):
    await fails(reply, Question(messages=HELLO.messages, model="some"), timeout=0.05)
    assert len(provider.journal) == 1


async def test_the_cause_with_its_headers_is_not_chained(fails):
    failure = await fails(error(500, "oops"))
    assert failure.__cause__ is None
    assert failure.__suppress_context__


async def test_a_refused_answer_is_an_answer(provider, connected):
    provider.replies.append(stream({"type": "response.refusal.delta", "delta": "I cannot."}, response_end()))
    async with connected(serves="openai") as connection:
        answer = await connection.ask(HELLO)
    assert (answer.text, answer.notes) == ("I cannot.", ("the model declined to answer",))


async def test_content_filter_is_said(provider, connected):
    provider.replies.append(response_stream("Well", cut_by="content_filter"))
    async with connected(serves="openai") as connection:
        answer = await connection.ask(HELLO)
    assert answer.finish_reason == "content_filter"
    assert answer.notes
