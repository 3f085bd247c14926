"""Servers over HTTP that fail in every way: one clean error, nothing sent twice, no header of the caller's."""

from __future__ import annotations

import json
import socket
import struct
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from hosting import hosting, plugin_of, until
from scripted import respond, scripted

from toolpost.errors import ToolError, Unavailable

pytestmark = pytest.mark.anyio
OK = {"content": [{"type": "text", "text": "ok"}]}
CHUNKS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def event(message: dict[str, Any], **result: Any) -> bytes:
    return b"data: " + json.dumps({"jsonrpc": "2.0", "id": message["id"], **result}).encode() + b"\n\n"


def status(line: str, headers: str = "", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {line}\r\n{headers}content-length: {len(body)}\r\n\r\n".encode() + body


FAULTS = {
    "500": (status("500 Oops"), True),
    "502": (status("502 Bad", body=b"<html>"), True),
    "504": (status("504 Slow"), True),
    "cut": (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{", True),
    "garbage": (b"\x00\x01\x02 no HTTP at all\r\n\r\n", True),
    "no json": (status("200 OK", "content-type: application/json\r\n", b"not json"), True),
    "html": (status("200 OK", "content-type: text/html\r\n", b"<html>"), True),
    "stream ends": (STREAM + b": nothing\n\n", True),
    "stream of junk": (STREAM + b"data: not json\n\ndata: {}\n\ndata: [1]\n\n", True),
    "nothing": (b"", True),
    "short": (status("200 OK", "content-type: application/json\r\n", b"{}").replace(b": 2\r", b": 1\r"), True),
    "two lengths": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", True),
    "an event cut": (STREAM + b'data: {"jsonrpc": "2.0", "id": 3, "resu', True),
    "a chunk cut": (CHUNKS + b"ffff\r\ndata: {", True),
    "no chunk": (CHUNKS + b"what?\r\n", True),
    "packed": (status("200 OK", "content-type: application/json\r\ncontent-encoding: gzip\r\n", b"\x1f\x8b"), True),
    "400": (status("400 No"), False),
    "401": (status("401 Who"), False),
    "redirect": (status("307 There", "location: http://127.0.0.1:9/elsewhere\r\n"), False),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_one_clean_error_and_nothing_is_sent_again(fault: str) -> None:
    data, is_open = FAULTS[fault]

    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(data)
        await stream.aclose()

    async with scripted(answer) as server, hosting({"one": reach(server.url)}, layers=["retry"]) as host:
        with anyio.fail_after(10), pytest.raises(ToolError) as failure:
            await host.call("one_echo")
        assert not isinstance(failure.value, Unavailable)
        assert ("may have been carried out" in str(failure.value)) == is_open
        assert "127.0.0.1" not in str(failure.value)
        assert server.calls() == 1


def reset(stream: SocketStream) -> None:
    """End a connection without a word, as a machine that fails does."""
    raw = stream.extra(SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("before", [b"", STREAM, CHUNKS + b"4\r\ndata"], ids=["at once", "in a stream", "in a chunk"])
@pytest.mark.parametrize("half", [False, True], ids=["reset", "half"])
async def test_a_connection_that_ends_in_the_middle_is_one_clean_error(before: bytes, half: bool) -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(before) if before else None
        if half:
            await stream.send_eof()
        else:
            reset(stream)
            await stream.aclose()

    async with scripted(answer) as server, hosting({"one": reach(server.url)}, layers=["retry"]) as host:
        with anyio.fail_after(10), pytest.raises(ToolError, match="may have been carried out"):
            await host.call("one_echo")
        assert server.calls() == 1
        assert plugin_of(host).status()[0].condition == "up"


@pytest.mark.parametrize("head", [STREAM, CHUNKS + b"fffffff\r\n", status("200 OK").replace(b": 0", b": 99999999")])
async def test_a_body_without_end_is_not_held(head: bytes) -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(head + b"data: ")
        while True:
            await stream.send(b"x" * 65_536)

    async with scripted(answer) as server, hosting({"one": reach(server.url)}, message_bytes=200_000) as host:
        with anyio.fail_after(10), pytest.raises(ToolError, match="more than"):
            await host.call("one_echo")
        with anyio.fail_after(10):
            await server.closed.wait()


async def test_it_may_send_us_elsewhere_on_itself_and_nowhere_else() -> None:
    """What the operator gave for a server goes to that server."""
    seen: list[str] = []

    async def stolen(stream: SocketStream, message: dict[str, Any]) -> None:
        raise AssertionError("this is another server")

    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        seen.append(elsewhere[0])
        if len(seen) == 2:
            return await respond(stream, message, OK)
        await stream.send(status("307 There", f"location: {elsewhere.pop(0)}\r\n"))

    async with scripted(stolen) as other, scripted(answer) as server:
        elsewhere = ["/other/mcp", other.url]
        async with hosting({"one": reach(server.url)}) as host:
            assert (await host.call("one_echo")).text == "ok"
            with pytest.raises(ToolError, match="somewhere else"):
                await host.call("one_echo")
        assert other.seen == []


async def test_a_connection_is_used_again_although_the_end_of_an_answer_comes_late() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        data = event(message, result=OK)
        await stream.send(CHUNKS + b"%x\r\n%b\r\n" % (len(data), data))
        streams.add(stream)
        late.start_soon(stream.send, b"0\r\n\r\n")

    streams: set[SocketStream] = set()
    async with (
        anyio.create_task_group() as late,
        scripted(answer) as server,
        hosting({"one": reach(server.url)}) as host,
    ):
        for _ in range(20):
            assert (await host.call("one_echo")).text == "ok"
    assert len(streams) <= 3


async def test_it_says_by_the_clock_when_to_come_back() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        await stream.send(status("503 Busy", f"retry-after: {date}\r\n"))

    async with scripted(answer) as server, hosting({"one": reach(server.url)}) as host:
        with pytest.raises(Unavailable) as failure:
            await host.call("one_echo")
        assert failure.value.retry_after == pytest.approx(28, abs=4)
        assert plugin_of(host).status()[0].condition == "up"


@pytest.mark.parametrize(("said", "seconds"), [("1", 1), ("-5", 0), ("1e9", 60), ("soon", None), ("nan", None)])
async def test_one_that_has_no_time_says_when_to_come_back(said: str, seconds: float | None) -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(status("429 Busy", f"retry-after: {said}\r\n"))

    async with scripted(answer) as server, hosting({"one": reach(server.url)}) as host:
        with pytest.raises(Unavailable) as failure:
            await host.call("one_echo")
        assert failure.value.retry_after == seconds


async def test_an_error_of_the_protocol_in_an_error_of_http_is_told() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        body = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32000, "message": "no such colour"}}
        await stream.send(status("400 No", "content-type: application/json\r\n", json.dumps(body).encode()))

    async with scripted(answer) as server, hosting({"one": reach(server.url)}) as host:
        with pytest.raises(ToolError, match="no such colour"):
            await host.call("one_echo")


# The SDKs' own servers say it with an error of the protocol.
FORGOTTEN = json.dumps(
    {"jsonrpc": "2.0", "id": None, "error": {"code": -32001, "message": "Session not found"}}
).encode()


@pytest.mark.parametrize("body", [b"", FORGOTTEN])
async def test_a_session_that_was_forgotten_is_begun_anew(body: bytes) -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        if server.calls() == 1:
            await stream.send(status("404 Gone", "content-type: application/json\r\n", body))
        else:
            await respond(stream, message, OK)

    async with scripted(answer, session="abc") as server, hosting({"one": reach(server.url)}) as host:
        with pytest.raises(Unavailable, match="forgotten"):
            await host.call("one_echo")
        await until(lambda: sum(message.get("method") == "initialize" for _, _, message in server.seen) == 2)
        await until(lambda: "one_echo" in host.tools and plugin_of(host).status()[0].condition == "up")
        assert (await host.call("one_echo")).text == "ok"


async def test_a_method_that_is_not_there_ends_no_session() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        body = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such method"}}
        await stream.send(status("404 No", "content-type: application/json\r\n", json.dumps(body).encode()))

    async with scripted(answer, session="abc") as server, hosting({"one": reach(server.url)}) as host:
        for _ in range(2):
            with pytest.raises(ToolError, match="no such method"):
                await host.call("one_echo")
        assert plugin_of(host).status()[0].condition == "up"


async def test_a_stream_that_breaks_off_is_taken_up_again() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(STREAM + b"id: 7\nretry: 10\ndata: \n\n")
        if message:
            calls.append(message)
        else:
            await stream.send(event(calls[0], result=OK))
        await stream.aclose()

    calls: list[dict[str, Any]] = []
    async with scripted(answer, session="abc") as server, hosting({"one": reach(server.url)}) as host:
        assert (await host.call("one_echo")).text == "ok"
        assert server.calls() == 1


async def test_what_a_caller_cancels_is_told_to_the_server() -> None:
    began = anyio.Event()

    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(STREAM)
        began.set()

    async with scripted(answer, session="abc") as server, hosting({"one": reach(server.url)}) as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "one_echo")
            await began.wait()
            tasks.cancel_scope.cancel()

        def told() -> bool:
            return any(message.get("method") == "notifications/cancelled" for _, _, message in server.seen)

        with anyio.fail_after(1):
            while not told():
                await anyio.sleep(0.01)


async def test_only_headers_of_the_configuration_reach_a_server() -> None:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await respond(stream, message, OK)

    async with scripted(answer) as server:
        one = {**reach(server.url), "headers": {"authorization": "Bearer operators-own"}}
        async with hosting({"one": one}) as host:
            await host.call("one_echo")
        for _, headers, _ in server.seen:
            assert headers["authorization"] == "Bearer operators-own"
            assert set(headers) <= {
                *("host", "accept", "accept-encoding", "connection", "user-agent", "authorization"),
                *("content-type", "content-length", "mcp-protocol-version", "cache-control"),
            }


async def test_one_that_cannot_be_reached_is_down_and_comes_back() -> None:
    async with scripted(respond_ok) as server:
        url = server.url
    async with hosting({"one": reach(url)}, retry=60) as host:
        (found,) = plugin_of(host).status()
        assert found.condition == "down"
        assert "cannot be reached" in found.why


async def respond_ok(stream: SocketStream, message: dict[str, Any]) -> None:
    await respond(stream, message, OK)


def reach(url: str) -> dict[str, Any]:
    return {"url": url, "era": "handshake", "start_timeout": 5}
