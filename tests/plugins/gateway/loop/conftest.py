"""What the tests of the loop share: a model by script, in both dialects, and somebody who talks to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from toolpost import Context, Host
from toolpost.testing import OpenAIServer, Services, open_host, open_services
from toolpost.testing.openai import Reply, ToolUse, Turn, turn
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.talk import Answers, Event, Outcome, Request, Text
from toolpost_openai import OpenAI


@pytest.fixture(params=["openai", "compatible"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@dataclass
class Talk:
    """Somebody's conversation with the model of a host; what they heard of the last request is kept."""

    host: Host
    loop: Loop
    provider: OpenAIServer
    openai: OpenAI
    events: list[Event] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)
    models: list[str] = field(default_factory=list)

    async def ask(
        self,
        asked: str | list[dict[str, Any]],
        context: Context | None = None,
        approver: Any = None,
        in_pieces: bool = True,
        **request: Any,
    ) -> Outcome:
        """Ask a question, or go on with a history."""
        messages = [user(asked)] if isinstance(asked, str) else asked
        self.events, self.said, self.models = [], [], []

        async def emit(event: Event) -> None:
            if isinstance(event, Answers):
                self.models.append(event.model)
            else:
                self.events.append(event)

        wanted = Request(messages=messages, **request)
        return await self.loop.run(
            wanted, context or Context(), emit, approver=approver, said=self.said, in_pieces=in_pieces
        )

    @property
    def heard(self) -> str:
        """The pieces of the answer, put together."""
        return "".join(event.text for event in self.events if isinstance(event, Text))

    def of(self, kind: type) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def asked(self, number: int = -1) -> list[dict[str, Any]]:
        """What a question to the model held, in the order of the history, in the form of Chat Completions or not."""
        bodies = [one.body for one in self.provider.requests if one.method == "POST"]
        return bodies[number].get("messages") or bodies[number]["input"]

    def functions(self, number: int = -1) -> list[str]:
        """The functions that a question to the model named."""
        bodies = [one.body for one in self.provider.requests if one.method == "POST"]
        tools = bodies[number].get("tools", [])
        return [tool["name"] if "name" in tool else tool["function"]["name"] for tool in tools]

    def results(self, number: int = -1) -> dict[str, Any]:
        """What the model was told that calls answered, by their ids."""
        found = {}
        for message in self.asked(number):
            if message.get("role") == "tool":
                found[message["tool_call_id"]] = message["content"]
            elif message.get("type") == "function_call_output":
                found[message["call_id"]] = message["output"]
        return found


Talks = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def talks(provider: OpenAIServer, dialect: str) -> Talks:
    """Opens a host with these plugins and layers, and a loop over it on these terms."""

    @asynccontextmanager
    async def talk(*plugins: Any, layers: Any = (), settings: Any = None, **terms: Any) -> AsyncIterator[Talk]:
        openai = OpenAI(base_url=provider.base_url, serves=dialect)
        async with open_host(openai, *plugins, layers=layers, settings=settings) as host:
            yield Talk(host, Loop(host, openai, Terms(**terms)), provider, openai)

    return talk


def calls(*uses: tuple[str, dict[str, Any] | str] | str, text: str = "") -> Reply:
    """A turn that calls tools by name; their ids are `call_1`, `call_2` and so on."""
    given = [(use, {}) if isinstance(use, str) else use for use in uses]
    made = [
        ToolUse(name, arguments if isinstance(arguments, str) else json.dumps(arguments), f"call_{number}")
        for number, (name, arguments) in enumerate(given, 1)
    ]
    return turn(Turn([text] if text else [], made, "tool_calls"))


def user(text: str) -> dict[str, Any]:
    """What a person says."""
    return {"role": "user", "content": text}


def check(messages: list[dict[str, Any]]) -> None:
    """Every call is answered exactly once, in order, right behind the turn that makes it."""
    place = 0
    while place < len(messages):
        wanted = [call["id"] for call in messages[place].get("tool_calls", ())]
        assert messages[place]["role"] != "tool"
        assert len(set(wanted)) == len(wanted)
        place += 1
        answers = messages[place : place + len(wanted)]
        assert [(one["role"], one["tool_call_id"]) for one in answers] == [("tool", id) for id in wanted]
        place += len(wanted)


@pytest.fixture
def valid() -> Callable[[list[dict[str, Any]]], None]:
    return check


@pytest.fixture
def wants() -> Callable[..., Reply]:
    return calls


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    async with open_services() as found:
        yield found
