"""Answers so odd that nobody thought of them: that server is down, and no other."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import pytest
from anyio.abc import SocketStream
from hosting import HOSTILE, child, hosting, plugin_of, until
from scripted import Scripted, respond, serving

from toolpost.tools.context import Context
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.calls.results import tool_result
from toolpost_upstream.life.link import Link
from toolpost_upstream.life.telling import Kind, Telling
from toolpost_upstream.offers.definitions import meta
from toolpost_upstream.offers.offer import AT_MOST, Offers
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import Listed
from toolpost_upstream.session.session import Session
from toolpost_upstream.wires.streamed import Streamed
from toolpost_upstream.wires.underway import QUESTIONS, Heard

pytestmark = pytest.mark.anyio
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
DATE = b"Wed, 21 Oct 99999999999999999999 07:28:00 GMT"


def said(*messages: dict[str, Any]) -> bytes:
    return STREAM + b"".join(b"data: " + json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n\n" for one in messages)


def close(data: bytes) -> bytes:
    return b"HTTP/1.1 " + data + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def discovered(message: dict[str, Any]) -> bytes:
    if message.get("method") == "initialize":
        return said({"id": message["id"], "error": {"code": -32601, "message": "no"}})
    found = {"supportedVersions": ["2026-07-28"], "capabilities": {}, "_meta": ["x"]}
    return said({"id": message.get("id"), "result": found})


ODD: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "a method that is a list": lambda message: said({"method": ["x"]}),
    "a method that is an object": lambda message: said({"method": {}}),
    "a list for _meta": discovered,
    "a year without end": lambda message: close(b"503 X\r\nretry-after: " + DATE),
    "a redirect nowhere": lambda message: close(b"307 X\r\nlocation: http://["),
    "an endpoint nowhere": lambda message: STREAM + b"event: endpoint\ndata: http://[\n\n",
}


class Odd(Scripted):
    """Answers everything in the same way."""

    async def _answered(self, stream: SocketStream, message: dict[str, Any]) -> None:
        await stream.send(ODD[self.session](message))
        await stream.aclose()

    _message = _answered

    async def _got(self, stream: SocketStream) -> None:
        await self._answered(stream, {})


@asynccontextmanager
async def odd(name: str) -> AsyncIterator[str]:
    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        raise AssertionError("it is never called")

    async with serving(Odd(answer, session=name)) as server:
        yield server.url


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the plugin logs, also where a command line in this process has taken the log away from the root."""
    log = logging.getLogger("toolpost.upstream")
    log.addHandler(caplog.handler)
    yield caplog
    log.removeHandler(caplog.handler)


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_answer_ends_no_other_server(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="toolpost.upstream")
    bad = {"transport": "sse" if "endpoint" in name else "http", "start_timeout": 3}
    async with odd(name) as url:
        servers = {"bad": {"url": url, **bad}, "good": child(HOSTILE, "good")}
        async with hosting(servers, retry=60, wait=8) as host:
            await until(lambda: all(one.condition != "starting" for one in plugin_of(host).status()))
            assert (await host.call("good_echo")).text == "ok"
    # Each is foreseen: it is not what stands behind them all that caught it.
    assert [one for one in caplog.records if one.name == "toolpost.upstream"] == []


async def test_what_nobody_foresaw_marks_one_server_down(logged: pytest.LogCaptureFixture) -> None:
    def broken(link: Link) -> None:
        if link.session is not None:
            raise TypeError("nobody foresaw this")

    server = Server(name="one", transport="stdio", **child(HOSTILE, "good"))
    link = Link(server, Bounds(), broken, lambda link, uri: None, lambda server: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        await until(lambda: link.status.condition == "down")
        tasks.cancel_scope.cancel()
    assert "misbehaves (TypeError)" in link.status.why
    assert "Traceback" in logged.text


async def test_a_change_that_the_host_does_not_take_is_no_end(logged: pytest.LogCaptureFixture) -> None:
    told: list[Kind] = []

    async def tell(kind: Kind) -> None:
        told.append(kind)
        raise TypeError("nobody foresaw this")

    telling = Telling(tell)
    telling.changed("tools", "prompts")
    await telling.now()
    assert told == ["prompts", "tools"]
    assert "Traceback" in logged.text


async def test_blocks_without_end_are_left_out() -> None:
    async with hosting({"bad": child(HOSTILE, "blocks")}) as host:
        result = await host.call("bad_echo")
    assert len(result.content) == 1001
    assert "299000" in result.text


async def test_progress_beyond_all_numbers_is_passed_over() -> None:
    seen: list[float] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    async with hosting({"bad": child(HOSTILE, "beyond")}) as host:
        assert (await host.call("bad_echo", {}, Context(report=report))).text == "ok"
    assert seen == [1.0]


async def test_questions_that_pile_up_are_refused() -> None:
    asked: list[str] = []

    async def answer(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        asked.append(message)
        # A person thinks, until the server has had its say.
        await refused.wait()
        return {}

    refused = anyio.Event()
    async with hosting({"bad": child(HOSTILE, "curious")}) as host:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:

                async def call() -> None:
                    texts.append((await host.call("bad_echo", {}, Context(principal="ada", question=answer))).text)

                texts: list[str] = []
                tasks.start_soon(call)
                await until(lambda: asked)
                # Somebody else's notice says that the refusals have gone out.
                await until(lambda: "bad_refused" in host.tools)
                refused.set()
    assert len(asked) <= 18
    assert int(texts[0]) >= 80


async def test_line_ends_without_end_are_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolpost_upstream.wires.flood.PATIENCE", 2)
    async with hosting({"bad": child(HOSTILE, "blank"), "good": child(HOSTILE, "good")}, retry=60) as host:
        status = await until(lambda: next((one for one in plugin_of(host).status() if one.condition == "down"), None))
        assert "nobody asked for" in status.why
        assert (await host.call("good_echo")).text == "ok"


class Endless:
    """Has a stream of its own that never stops."""

    def __init__(self, what: bytes) -> None:
        self.what = what

    async def listen(self, stream: SocketStream) -> None:
        await stream.send(STREAM)
        while True:
            await stream.send(self.what * 1000)

    async def told(self, message: dict[str, Any]) -> None:
        """Nothing."""


NOISE = {
    "comments": b":\n",
    "line ends": b"\n",
    "names": b"event: x\n",
    "notifications": b'data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n',
}


@pytest.mark.parametrize("what", NOISE)
async def test_a_stream_of_its_own_without_end_is_a_flood(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolpost_upstream.wires.flood.PATIENCE", 2)

    async def answer(stream: SocketStream, message: dict[str, Any]) -> None:
        await respond(stream, message, {"content": []})

    server = Scripted(answer, session="abc", speaker=Endless(NOISE[what]))
    async with serving(server), hosting({"bad": {"url": server.url, "era": "handshake"}}, retry=60) as host:
        (status,) = await until(lambda: [one for one in plugin_of(host).status() if one.condition == "down"])
        assert "nobody asked for" in status.why


def test_of_what_waits_there_is_no_more_than_may_be() -> None:
    heard, question = Heard(), {"id": 1, "method": "elicitation/create"}
    assert [heard.add(question, 10) for _ in range(QUESTIONS + 1)] == [*[True] * QUESTIONS, False]
    assert heard.take() == question
    assert heard.add(question, 10)
    heard.take()
    assert not heard.add(question, 2**30)
    heard.rests = True
    assert not heard.add(question, 10)
    assert heard.add({"id": 1, "result": {}}, 2**30)


def test_no_server_says_what_is_the_hosts_or_the_protocols() -> None:
    ours = ("toolpost", "Toolpost/x", "toolpost.x", "toolpost/trace", "io.modelcontextprotocol/related-task")
    assert meta({"_meta": {**dict.fromkeys(ours, 1), "toolposted": 2, "x/y": 3}}) == {"toolposted": 2, "x/y": 3}


def test_no_block_of_a_server_says_what_is_the_hosts_or_the_protocols() -> None:
    said = {"toolpost/trace": 1, "Toolpost.x": 1, "io.modelcontextprotocol/related-task": 1, "x/y": 3}
    (text, bare, file) = tool_result(
        {
            "content": [
                {"type": "text", "text": "a", "_meta": said},
                {"type": "text", "text": "b", "_meta": {"toolpost/trace": 1}},
                {"type": "resource", "resource": {"uri": "file:///a", "text": "c", "_meta": said}, "_meta": said},
            ]
        }
    ).content
    assert (text.meta, bare.meta, file.meta) == ({"x/y": 3}, None, {"x/y": 3})
    assert file.type == "resource"
    assert file.resource.meta == {"x/y": 3}


async def test_all_that_is_left_out_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="toolpost.upstream")
    async with hosting({"bad": child(HOSTILE, "wide")}) as host:
        assert list(host.tools) == ["bad_echo"]
    (line,) = [line for line in caplog.messages if "left out" in line]
    assert "3 tools left out" in line


def test_addresses_that_a_server_had_long_ago_are_forgotten_and_those_of_others_are_not() -> None:
    async def ask(*_: Any) -> dict[str, Any]:
        raise AssertionError("nothing is read")

    class Listing:
        """What `Offers` sees of a link."""

        session: Any = Session(cast(Any, Streamed(Bounds())))
        bounds = Bounds(tools=2)

        def __init__(self, name: str, uris: list[str]) -> None:
            self.server = Server(name=name, transport="http", url="http://127.0.0.1:9")
            self.listed = Listed(resources=[{"uri": uri, "name": "x"} for uri in uris])
            self.ask = ask

    offers = Offers({"a", "b"})
    offers.of(Listing("a", ["x://mine"]))  # type: ignore[arg-type]  # it has what is looked at
    for number in range(50):
        offers.of(Listing("b", [f"x://{number}"]))  # type: ignore[arg-type]  # as above
    assert offers.address_of("b", "x://mine") == "b+x://mine"
    remembered = [number for number in range(50) if offers.address_of("a", f"x://{number}") != f"x://{number}"]
    assert remembered == list(range(50 - AT_MOST * 2, 50))
