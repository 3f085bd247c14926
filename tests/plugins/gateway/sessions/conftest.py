"""Sessions over a real store, with a model by script and a few tools."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Context, Host, Image, Tool, hookimpl
from toolpost.testing import OpenAIServer, Services, open_services
from toolpost.testing.openai import say
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.sessions import Keeping, Reply, Sessions
from toolpost_openai import OpenAI

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


class Kit:
    """Tools that look, draw, and wait until they are let."""

    def __init__(self) -> None:
        self.waits = anyio.Event()
        self.goes_on = anyio.Event()

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.look_up, read_only=True), Tool(self.draw, read_only=True), Tool(self.wait, read_only=True)]

    async def look_up(self, word: str) -> str:
        """Look up a word."""
        return f"{word} means seven " + "and more " * word.count("long") * 5000

    async def draw(self) -> Image:
        """Draw."""
        return Image(PIXEL, mime_type="image/png")

    async def wait(self) -> str:
        """Wait."""
        self.waits.set()
        await self.goes_on.wait()
        return "waited"


@dataclass
class Talk:
    """Sessions, and who answers in them."""

    services: Services
    provider: OpenAIServer
    sessions: Sessions
    loop: Loop
    kit: Kit
    heard: list[Any] = field(default_factory=list)

    async def say(self, message: Any, id: str | None = None, who: str = "ann", **more: Any) -> Reply:
        return await self.sessions.say(self.loop, Context(who), message, self.hear, session_id=id, **more)

    async def hear(self, event: Any) -> None:
        self.heard.append(event)

    @property
    def asked(self) -> list[Any]:
        """The messages of the last request to the model."""
        return self.provider.requests[-1].body["messages"]

    def elsewhere(self, **keeping: Any) -> Talk:
        """The same as another process would have it."""
        sessions = Sessions(self.services.store, self.services.artefacts, Keeping(**keeping), self.services.clock)
        return Talk(self.services, self.provider, sessions, self.loop, self.kit)


Conversing = Callable[..., Any]


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def conversing(provider: OpenAIServer, tmp_path: Path) -> Conversing:
    """Opens sessions with these bounds."""

    @asynccontextmanager
    async def opened(**keeping: Any) -> AsyncIterator[Talk]:
        openai, kit = OpenAI(base_url=provider.base_url), Kit()
        async with open_services(tmp_path) as services, Host({"openai": openai, "kit": kit}) as host:
            sessions = Sessions(services.store, services.artefacts, Keeping(**keeping), services.clock)
            yield Talk(services, provider, sessions, Loop(host, openai, Terms()), kit)

    return opened


@pytest.fixture
def echoing(provider: OpenAIServer) -> OpenAIServer:
    """A model that says what it was told last."""

    def answer(request: Any) -> Any:
        if request.method == "GET":
            return None
        return say("you said: ", request.body["messages"][-1]["content"])(request)

    provider.answer = answer
    return provider


@pytest.fixture
def picture() -> dict[str, Any]:
    """A picture as a person sends one."""
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64encode(PIXEL).decode()}"}}
