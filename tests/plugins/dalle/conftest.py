"""What the tests of the `dalle` plugin share: a provider by script, and hosts that draw with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from toolpost import Artefacts, Context, Host, Reader
from toolpost_dalle import Dalle
from toolpost_openai import OpenAI
from toolpost_openai.testing import ScriptedServer
from toolpost_pictures import Pictures


@pytest.fixture
def provider() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the operator allowed."""
    path = tmp_path / "pictures"
    path.mkdir()
    return path


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "artefacts")


@pytest.fixture
def host(provider, folder, artefacts) -> Callable[..., Host]:
    """Makes a host that draws with OpenAI by way of the provider; `openai` holds settings of the connection."""

    def make(openai: dict[str, Any] | None = None, **settings: Any) -> Host:
        connection = OpenAI(**{"base_url": provider.base_url, "serves": "openai", **(openai or {})})
        pictures = Pictures(artefacts, Reader(), folders=[folder])
        return Host([connection, pictures, Dalle(connection, pictures, **settings)])

    return make


@pytest.fixture
def other(host) -> Callable[..., Host]:
    """The same at a server that is not OpenAI's."""
    return lambda **settings: host({"serves": "compatible"}, **settings)


class Watched(Context):
    """A call whose caller watches the progress."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__(report=self._note)

    async def _note(self, done: float, total: float | None, message: str | None) -> None:
        self.seen.append(f"{message} ({done:g}/{total})" if total else str(message))


@pytest.fixture
def watched() -> Watched:
    return Watched()
