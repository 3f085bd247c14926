"""What the tests of the `openai` plugin share: a scripted provider, and a connection to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from toolpost.testing.openai import OpenAIServer
from toolpost_openai import OpenAI
from toolpost_openai.connection import Connection
from toolpost_openai.testing import ScriptedServer
from toolpost_openai.turns import Answering, Function, Piece, Said, Turn


@pytest.fixture
def provider() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def connected(provider):
    """Opens a connection to the provider; `serves="openai"` makes it OpenAI's."""

    @asynccontextmanager
    async def connect(**settings: Any) -> AsyncIterator[Connection]:
        plugin = OpenAI(**{"base_url": provider.base_url, **settings})
        async with plugin.lifespan():
            yield await plugin.connect()

    return connect


QUESTION = [{"role": "user", "content": "Roll two dice."}]
ROLL = Function(name="roll", description="Rolls dice.", parameters={"type": "object", "properties": {"n": {}}})


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def converse(server):
    """Has one turn with the server, and gives it whole and as the pieces that were heard."""

    async def converse(turn: Turn | None = None, *, to: str = "compatible", **more: Any) -> tuple[Said, list[Piece]]:
        heard: list[Piece] = []

        async def hear(piece: Piece) -> None:
            if not isinstance(piece, Answering):
                heard.append(piece)

        plugin = OpenAI(base_url=server.base_url, serves=to)
        async with plugin.lifespan():
            connection = await plugin.connect()
            asked = turn or Turn(**{"messages": QUESTION, "model": "gpt-6-luna", "functions": [ROLL], **more})
            return await connection.converse(asked, hear), heard

    return converse
