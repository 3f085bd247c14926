"""Servers that say what concerns a call on the stream of their own, as those written in TypeScript do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream
from hosting import hosting, until
from scripted import respond, scripted

from toolpost.errors import ToolError
from toolpost.testing import Person, connect
from toolpost.tools.context import Context

pytestmark = pytest.mark.anyio
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
ASKED = {"message": "Which?", "requestedSchema": {"type": "object", "properties": {}}}


@dataclass
class Talkative:
    """Has a stream of its own, and answers a call as `called` does."""

    called: Callable[[Talkative, SocketStream, dict[str, Any]], Awaitable[None]]
    streams: list[SocketStream] = field(default_factory=list)
    calls: list[tuple[SocketStream, dict[str, Any]]] = field(default_factory=list)

    async def say(self, message: dict[str, Any]) -> None:
        """On the stream of its own, once that is there."""
        stream = (await until(lambda: self.streams))[-1]
        await stream.send(b"data: " + json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n\n")

    async def ask(self) -> None:
        await self.say({"id": 77, "method": "elicitation/create", "params": ASKED})

    async def answer(self, stream: SocketStream, message: dict[str, Any]) -> None:
        self.calls.append((stream, message))
        await self.called(self, stream, message)

    async def listen(self, stream: SocketStream) -> None:
        await stream.send(STREAM)
        self.streams.append(stream)

    async def told(self, message: dict[str, Any]) -> None:
        """What is answered to its question is the result of all calls."""
        if message.get("id") == 77:
            for stream, call in self.calls:
                await respond(stream, call, result(json.dumps(message)))


def result(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


def reach(url: str) -> dict[str, Any]:
    return {"url": url, "era": "handshake", "start_timeout": 5}


async def reports(server: Talkative, stream: SocketStream, message: dict[str, Any]) -> None:
    token = message["params"]["_meta"]["progressToken"]
    for done in (1, 2, 3):
        params = {"progressToken": token, "progress": done, "total": 3}
        await server.say({"method": "notifications/progress", "params": params})
    await respond(stream, message, result("done"))


async def asks(server: Talkative, stream: SocketStream, message: dict[str, Any]) -> None:
    await server.ask()


async def asks_two(server: Talkative, stream: SocketStream, message: dict[str, Any]) -> None:
    if len(server.calls) == 2:
        await server.ask()


async def test_progress_reaches_its_call_before_the_answer() -> None:
    seen: list[float] = []

    async def heard(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    talkative = Talkative(reports)
    async with scripted(talkative.answer, "abc", talkative) as server, hosting({"one": reach(server.url)}) as host:
        assert (await host.call("one_echo", {}, Context(report=heard))).text == "done"
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("era", ["handshake", "stateless"])
async def test_a_question_reaches_who_called_although_no_answer_has_begun(era: Any) -> None:
    person, talkative = Person({}), Talkative(asks)
    async with (
        scripted(talkative.answer, "abc", talkative) as server,
        hosting({"one": reach(server.url)}) as host,
        connect(host, era, person=person) as client,
    ):
        said = (await client.call_tool("one_echo", {})).content[0].text  # type: ignore[union-attr]  # it is a text
        assert json.loads(said)["result"]["action"] == "accept"
        assert server.calls() == 1
    assert len(person.asked) == 1


async def test_a_question_reaches_nobody_where_two_have_called() -> None:
    async def question(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("nobody knows whose question this is")

    talkative, texts = Talkative(asks_two), list[str]()
    async with scripted(talkative.answer, "abc", talkative) as server, hosting({"one": reach(server.url)}) as host:

        async def call(principal: str) -> None:
            texts.append((await host.call("one_echo", {}, Context(principal=principal, question=question))).text)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call, "ada")
                tasks.start_soon(call, "bob")
    assert all("nobody knows" in text for text in texts)


async def test_a_host_that_closes_in_the_middle_of_calls_ends_them() -> None:
    """Whoever waits is told; on trio, nothing may be begun any more by then."""
    began = anyio.Event()

    async def hang(server: Talkative, stream: SocketStream, message: dict[str, Any]) -> None:
        began.set()

    talkative, failures = Talkative(hang), list[Exception]()
    async with scripted(talkative.answer, "abc", talkative) as server, anyio.create_task_group() as tasks:

        async def call(host: Any) -> None:
            try:
                await host.call("one_echo")
            except ToolError as error:
                failures.append(error)

        with anyio.fail_after(10):
            async with hosting({"one": reach(server.url)}) as host:
                tasks.start_soon(call, host)
                tasks.start_soon(call, host)
                await began.wait()
            await until(lambda: len(failures) == 2)


async def test_a_question_about_a_subscription_reaches_nobody() -> None:
    """Some servers ask whoever subscribes, which here is nobody who could answer."""
    questions: list[dict[str, Any]] = []
    waiting: list[tuple[SocketStream, dict[str, Any]]] = []

    async def subscribed(stream: SocketStream, message: dict[str, Any]) -> None:
        waiting.append((stream, message))
        await talkative.say({"id": 78, "method": "sampling/createMessage", "params": {}})

    async def told(message: dict[str, Any]) -> None:
        questions.append(message)
        for stream, asked in waiting:
            await respond(stream, asked, {})

    async def fine(server: Talkative, stream: SocketStream, message: dict[str, Any]) -> None:
        await respond(stream, message, result("fine"))

    talkative = Talkative(fine)
    talkative.told = told  # type: ignore[method-assign]  # this one has another question
    async with (
        scripted(talkative.answer, "abc", talkative, subscribed) as server,
        hosting({"one": reach(server.url)}) as host,
    ):
        assert (await host.call("one_echo")).text == "fine"
    assert [question["error"]["code"] for question in questions] == [-32600]
