"""What the tests of the `openai` plugin share: a scripted provider, and a connection to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from toolpost_openai import OpenAI
from toolpost_openai.connection import Connection
from toolpost_openai.testing import ScriptedServer


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
