"""A turn that nobody hears bit by bit is asked for as a whole, and is the same, or the same error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import anyio
import pytest

from toolpost import ToolError, Unavailable
from toolpost.testing.openai import Answer, Reply, ToolUse, call_tool, cut, fail, garbage, hang, say, turn
from toolpost.testing.openai import Turn as Script
from toolpost_openai import OpenAI
from toolpost_openai.connection import Connection
from toolpost_openai.turns import Function, Piece, Turn

ASKED = Turn(
    messages=[{"role": "user", "content": "Roll."}], model="gpt-6-luna", functions=[Function(name="roll")], whole=True
)
COMPATIBLE = pytest.mark.parametrize("to", ["compatible"])
DIALECTS = pytest.mark.parametrize("to", ["openai", "compatible"])
Opens = Callable[..., AbstractAsyncContextManager[Connection]]


async def nobody(piece: Piece) -> None:
    """Hears nothing."""


@pytest.fixture
def opened(server) -> Opens:
    @asynccontextmanager
    async def connect(**settings: Any) -> AsyncIterator[Connection]:
        plugin = OpenAI(**{"base_url": server.base_url, **settings})
        async with plugin.lifespan():
            yield await plugin.connect()

    return connect


def streams(server) -> list[bool]:
    """Of each question, whether it was to be streamed."""
    return [one.body["stream"] for one in server.requests if one.method == "POST"]


TWICE = [ToolUse("roll", '{"n": 1}', "call_a"), ToolUse("roll", '{"n": 1}', "call_b")]


@DIALECTS
@pytest.mark.parametrize(
    "script",
    [
        say("Hello, ", "world."),
        say("Hel", finish="length"),
        say("Hel", finish="content_filter"),
        call_tool("roll", text="Rolling.", n=1),
        turn(Script([], TWICE, "tool_calls")),
        turn(Script([], refusal="I would rather not.")),
        turn(Script(["Twelve."], thoughts=["I look ", "at the dice."], cached=3, reasoned=5)),
    ],
)
async def test_it_is_what_it_would_be_in_pieces(server, converse, to, script):
    server.replies += [script, script]
    whole, _ = await converse(ASKED, to=to)
    pieces, _ = await converse(replace(ASKED, whole=False), to=to)
    assert streams(server) == [False, True]
    assert "stream_options" not in server.requests[-2].body
    used = [one.usage and one.usage.output_tokens for one in (whole, pieces)]
    assert used[0] == used[1]
    assert replace(whole, usage=None) == replace(pieces, usage=None)


@DIALECTS
async def test_one_that_is_streamed_all_the_same_is_understood(server, converse, to):
    script = call_tool("roll", text="Rolling.", n=1)
    server.answer = lambda request: script(_asked(request, stream=True)) if request.method == "POST" else None
    said, _ = await converse(ASKED, to=to)
    assert (said.text, said.invocations[0].arguments, said.finish_reason) == ("Rolling.", '{"n": 1}', "tool_calls")


@DIALECTS
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "text/event-stream", "text/plain", ""])
async def test_what_an_answer_is_shows_in_it_and_not_in_its_name(server, converse, to, whole, kind):
    script = say("Hello.")
    for is_streamed in (True, False):
        server.answer = _renamed(script, kind, is_streamed)
        said, _ = await converse(replace(ASKED, whole=whole), to=to)
        assert said.text == "Hello."


async def test_blanks_before_it_keep_a_connection_alive_and_mean_nothing(server, converse):
    def padded(request):
        found = say("Hello.")(request)
        return replace(found, pieces=(b" ", b"\n\n", *found.pieces))

    server.replies.append(padded)
    said, _ = await converse(ASKED)
    assert said.text == "Hello."


async def test_half_of_a_character_in_it_becomes_the_sign_for_that(server, converse):
    server.replies.append(say("a\ud83d"))
    said, _ = await converse(ASKED)
    assert said.text == "a\ufffd"


async def test_calls_without_ids_and_numbers_are_calls_of_their_own(server, converse):
    alike = [{"type": "function", "function": {"name": "roll", "arguments": ""}}] * 2
    server.replies.append(_message({"content": None, "tool_calls": alike}, "tool_calls"))
    said, _ = await converse(ASKED)
    assert [(call.name, call.arguments) for call in said.invocations] == [("roll", "{}")] * 2
    assert len({call.id for call in said.invocations}) == 2


FAILED = {"id": "r", "object": "response", "model": "m", "status": "failed", "output": [], "usage": None}


@DIALECTS
@pytest.mark.parametrize(
    "broken",
    [
        cut(say("Hello, world.")),
        cut(say("Hello, world."), after=0),
        garbage(),
        garbage(b""),
        garbage(b"{}"),
        garbage(b'{"choices": []}'),
        garbage(b'{"object": "response", "model": "m", "status": "in_progress", "output": []}'),
        garbage(b'[{"choices": []}]'),
        garbage(json.dumps({**FAILED, "error": {"message": "out of luck", "code": "server_error"}}).encode()),
        garbage(b'{"error": {"message": "out of luck"}}'),
    ],
)
async def test_one_that_is_not_complete_is_an_error(server, converse, to, broken):
    server.replies.append(broken)
    with pytest.raises(ToolError, match="may have been carried out"):
        await converse(ASKED, to=to)


async def test_one_without_a_reason_for_its_end_is_not_complete(server, converse):
    server.replies.append(_message({"content": "Hello"}, None))
    with pytest.raises(ToolError, match="cut off"):
        await converse(ASKED)


@DIALECTS
async def test_a_server_that_only_streams_is_asked_for_that_once_and_then_always(server, opened, to):
    server.answer = lambda request: None if request.streams else fail(400, "Stream must be set to true")(request)
    async with opened(serves=to) as connection:
        for _ in range(2):
            said = await connection.converse(ASKED, nobody)
            assert said.text == "Hello, world."
            assert said.usage is not None
    assert streams(server) == [False, True, True]


@pytest.mark.parametrize("failed", [fail(504), fail(524), cut(after=0)])
async def test_after_one_was_cut_off_on_its_way_the_next_come_in_pieces(server, opened, failed):
    server.replies.append(failed)
    async with opened() as connection:
        with pytest.raises(ToolError):
            await connection.converse(ASKED, nobody)
        await connection.converse(ASKED, nobody)
    assert streams(server) == [False, True]


@pytest.mark.parametrize("failed", [fail(429), fail(500), fail(503)])
async def test_what_the_provider_itself_said_is_no_cut(server, opened, failed):
    server.replies.append(failed)
    async with opened() as connection:
        with pytest.raises(ToolError):
            await connection.converse(ASKED, nobody)
        await connection.converse(ASKED, nobody)
    assert streams(server) == [False, False]


async def test_it_may_be_silent_for_longer_than_pieces_may(server, opened):
    goes_on = Event()

    def slow(request):
        goes_on.wait(10)
        return say("At last.")(request)

    said = []

    async def whole(connection):
        said.append(await connection.converse(ASKED, nobody))

    async with opened(timeout=0.05) as connection, anyio.create_task_group() as tasks:
        server.answer = lambda request: slow(request) if not request.streams else hang()(request)
        tasks.start_soon(whole, connection)
        with pytest.raises(ToolError, match="silent for too long"):
            await connection.converse(replace(ASKED, whole=False), nobody)
        goes_on.set()
    assert said[0].text == "At last."


async def test_its_own_time_ends_and_the_next_come_in_pieces(server, opened):
    server.replies.append(hang(after=0))
    async with opened(whole_timeout=0.05) as connection:
        with pytest.raises(ToolError, match="silent for too long") as raised:
            await connection.converse(ASKED, nobody)
        await connection.converse(ASKED, nobody)
    assert "toolpost/timeout" in raised.value.meta
    assert streams(server) == [False, True]


async def test_without_a_time_of_its_own_all_come_in_pieces(server, opened):
    async with opened(whole_timeout=0) as connection:
        await connection.converse(ASKED, nobody)
    assert streams(server) == [True]


async def test_nobody_who_leaves_keeps_the_provider_at_work(server, opened):
    server.replies.append(hang(after=0))
    async with opened() as connection:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.converse, ASKED, nobody)
            with anyio.fail_after(10):
                while not any(one.method == "POST" for one in server.requests):
                    await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(server.left.wait, 5)


async def test_one_that_cannot_be_sent_is_unavailable_and_no_cut(opened):
    async with opened(base_url="http://127.0.0.1:9/v1") as connection:
        with pytest.raises(Unavailable):
            await connection.converse(ASKED, nobody)
        assert connection.listing.gives_whole


def _asked(request: Any, **changes: Any) -> Any:
    return replace(request, body={**request.body, **changes})


def _renamed(script: Reply, kind: str, is_streamed: bool) -> Callable[[Any], Answer | None]:
    def answer(request: Any) -> Answer | None:
        if request.method != "POST":
            return None
        return replace(script(_asked(request, stream=is_streamed)), kind=kind)

    return answer


def _message(message: dict[str, Any], finish: str | None) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return garbage(json.dumps({"object": "chat.completion", "model": "m", "choices": [choice]}).encode())


@COMPATIBLE
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("reason", ["error", "ABORT", "insufficient_system_resource", "timeout"])
async def test_a_turn_that_its_server_calls_failed_is_no_answer(server, converse, to, whole, reason):
    server.replies.append(say("Hel", finish=reason))
    with pytest.raises(ToolError, match="cut off or malformed"):
        await converse(replace(ASKED, whole=whole), to=to)


@COMPATIBLE
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("word", "reason"), [("model_length", "length"), ("max_tokens", "length"), ("SAFETY", "content_filter")]
)
async def test_other_words_for_the_same_end_say_what_openai_would(server, converse, to, whole, word, reason):
    server.replies.append(say("Hel", finish=word))
    said, _ = await converse(replace(ASKED, whole=whole), to=to)
    assert said.finish_reason == reason


@pytest.mark.parametrize("to", ["openai"])
@pytest.mark.parametrize("details", [None, {}, {"reason": "out_of_luck"}])
async def test_what_is_incomplete_for_whatever_reason_was_cut(server, converse, to, details):
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hel"}]}
    cut_off = {"object": "response", "model": "m", "status": "incomplete", "output": [said]}
    server.replies.append(garbage(json.dumps({**cut_off, "incomplete_details": details}).encode()))
    heard, _ = await converse(ASKED, to=to)
    assert (heard.text, heard.finish_reason) == ("Hel", "length")
