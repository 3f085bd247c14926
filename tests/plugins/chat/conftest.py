"""What the tests of the `chat` plugin share: a provider by script, and hosts that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from toolpost import Host
from toolpost_chat import Chat
from toolpost_openai import OpenAI
from toolpost_openai.testing import ScriptedServer


@pytest.fixture
def provider() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def host(provider):
    """Makes a host of the two plugins; `openai` holds settings of the connection, the rest are chat's."""

    def make(openai: dict[str, Any] | None = None, **settings: Any) -> Host:
        connection = OpenAI(**{"base_url": provider.base_url, **(openai or {})})
        return Host([connection, Chat(connection, **settings)])

    return make
