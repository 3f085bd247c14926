"""Events are the same however the bytes of a stream are cut."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import anyio
import anyio.abc
import anyio.to_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import ToolError
from toolpost.testing.openai import Answer, Received, call_tool, hang, say
from toolpost_openai import OpenAI
from toolpost_openai.growing import Growing
from toolpost_openai.sse import Frames, parsed
from toolpost_openai.turns import Calling, Text, Turn

EVENTS = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9) | st.integers(), max_size=3), max_size=5)


@given(
    EVENTS,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["data: ", "data:", ": a comment\nevent: x\nid: 1\ndata: "]),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_no_cut_changes_the_events(events, end, begin, cuts):
    stream = "".join(f"{begin}{json.dumps(event, ensure_ascii=False)}\n\n" for event in events).replace("\n", end)
    data = stream.encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    frames = Frames()
    found = [one for a, b in zip(places, places[1:], strict=False) for one in frames.feed(data[a:b])]
    assert [parsed(one) for one in [*found, *frames.rest()]] == events


def test_nothing_counts_after_the_end_that_the_server_says():
    frames = Frames()
    assert frames.feed(b'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"b":2}\n\n') == [b'{"a":1}']
    assert frames.done


def test_the_last_event_counts_without_its_blank_line():
    frames = Frames()
    assert [*frames.feed(b'data: {"a":1}'), *frames.rest()] == [b'{"a":1}']


@given(st.text(st.characters(codec=None), max_size=8), st.lists(st.integers(0, 20), max_size=4))
def test_pieces_of_a_text_are_whole_characters_and_make_up_the_text(text, cuts):
    units = [text.encode("utf-16-le", "surrogatepass")[i : i + 2] for i in range(0, 100, 2)]
    halves = [unit.decode("utf-16-le", "surrogatepass") for unit in units if unit]
    places = [0, *sorted(min(cut, len(halves)) for cut in cuts), len(halves)]
    growing = Growing()
    shown = [growing.add("".join(halves[a:b])) for a, b in zip(places, places[1:], strict=False)]
    assert str(growing).startswith("".join(shown))
    assert str(growing) == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    str(growing).encode()


@pytest.mark.parametrize("to", ["openai", "compatible"])
async def test_a_server_that_does_not_stream_is_understood(server, converse, to):
    whole = call_tool("roll", text="Rolling.", n=1)
    server.answer = lambda request: whole(_unstreamed(request)) if request.method == "POST" else None
    said, heard = await converse(to=to)
    assert (said.text, said.invocations[0].arguments, said.finish_reason) == ("Rolling.", '{"n": 1}', "tool_calls")
    assert [type(piece) for piece in heard][:2] == [Text, Calling]


class Keeping:
    """A server that keeps its connections, says nothing of an end after its last event, and counts who comes."""

    def __init__(self, request) -> None:
        self.reply, self.connections = request, 0

    async def __call__(self, stream) -> None:
        self.connections += 1
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                head = await stream.receive()
                while b"\r\n\r\n" not in head or not head.endswith(b"}"):
                    head += await stream.receive()
                path = "/v1/responses" if b"/responses" in head else "/v1/chat/completions"
                body = {"model": "m", "stream": True}
                sent = b"".join(self.reply(Received("POST", path, {}, body)).pieces)
                about = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                await stream.send(about + b"%x\r\n%s\r\n0\r\n\r\n" % (len(sent), sent))


@pytest.mark.parametrize("to", ["openai", "compatible"])
async def test_a_connection_is_used_for_the_next_turn(to):
    async def hear(piece):
        pass

    serve = Keeping(say("In ", "Paris."))
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        plugin = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", serves=to)
        async with plugin.lifespan():
            connection = await plugin.connect()
            for _ in range(3):
                said = await connection.converse(Turn(messages=[{"role": "user", "content": "x"}], model="m"), hear)
                assert said.text == "In Paris."
        tasks.cancel_scope.cancel()
    assert serve.connections == 1


@pytest.mark.parametrize("to", ["openai", "compatible"])
async def test_cancelling_in_the_middle_of_a_call_hangs_up_at_once(server, to):
    server.replies.append(hang(call_tool("roll", n=1), after=4))
    plugin = OpenAI(base_url=server.base_url, serves=to)
    async with plugin.lifespan():
        connection = await plugin.connect()
        async with anyio.create_task_group() as tasks:

            async def stop(piece):
                tasks.cancel_scope.cancel()

            await connection.converse(Turn(messages=[{"role": "user", "content": "x"}], model="gpt-6-luna"), stop)
        assert await anyio.to_thread.run_sync(server.left.wait, 1)


@pytest.mark.parametrize("to", ["openai", "compatible"])
async def test_a_listener_that_fails_hangs_up_and_its_error_is_its_own(server, to):
    async def fail(piece):
        raise LookupError("mine")

    server.replies.append(hang(say("In ", "Paris."), after=6))
    plugin = OpenAI(base_url=server.base_url, serves=to)
    async with plugin.lifespan():
        connection = await plugin.connect()
        with pytest.raises(LookupError, match="mine"):
            await connection.converse(Turn(messages=[{"role": "user", "content": "x"}], model="gpt-6-luna"), fail)
        assert await anyio.to_thread.run_sync(server.left.wait, 1)


async def test_an_answer_after_which_the_server_says_nothing_more_is_complete(server, converse):
    reply = say("Paris.")
    server.answer = lambda request: _endless(reply(request)) if request.method == "POST" else None
    assert (await converse(to="openai"))[0].text == "Paris."


async def test_a_page_of_a_proxy_is_no_answer(server, converse):
    server.answer = lambda request: Answer((b"<html>sign in</html>",), kind="text/html")
    with pytest.raises(ToolError, match="malformed"):
        await converse()


async def test_an_answer_that_cannot_be_unpacked_is_an_error(server, converse):
    about = {"content-encoding": "gzip"}
    server.answer = lambda request: Answer((b"data: {}",), kind="text/event-stream", headers=about)
    with pytest.raises(ToolError, match="may have been carried out"):
        await converse()


async def test_a_turn_whose_end_was_said_does_not_wait_for_ever(server, converse, monkeypatch):
    monkeypatch.setattr("toolpost_openai.connection.GRACE", 0.05)
    server.replies.append(hang(say("In ", "Paris."), after=4))
    with anyio.fail_after(10):
        said, _ = await converse()
    assert (said.text, said.finish_reason, said.usage) == ("In Paris.", "stop", None)


def _unstreamed(request):
    return replace(request, body={**request.body, "stream": False})


def _endless(answer):
    return replace(answer, then="hang")
