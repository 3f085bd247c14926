"""What the tests of the `vision` plugin share: pictures, a provider by script, and hosts that show it pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from toolpost import Artefacts, Host, Reader
from toolpost_openai import OpenAI
from toolpost_openai.testing import ScriptedServer
from toolpost_pictures import Pictures
from toolpost_vision import Vision


@pytest.fixture
def provider() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def pictures(tmp_path) -> Pictures:
    return Pictures(Artefacts(tmp_path / "artefacts"), Reader())


@pytest.fixture
def host(provider, pictures):
    """Makes a host of the three plugins; `openai` holds settings of the connection, the rest are vision's."""

    def make(openai: dict[str, Any] | None = None, **settings: Any) -> Host:
        connection = OpenAI(**({"base_url": provider.base_url} if openai is None else openai))
        return Host([connection, pictures, Vision(connection, pictures, **settings)])

    return make


@pytest.fixture
def shown(provider) -> Callable[[int], list[Image.Image]]:
    """The pictures in a request that the provider got."""

    def of(request: int = -1) -> list[Image.Image]:
        body = provider.journal[request].body
        content = [part for message in body.get("messages") or body["input"] for part in parts(message)]
        urls = [part["image_url"] for part in content if part["type"] in ("image_url", "input_image")]
        urls = [url if isinstance(url, str) else url["url"] for url in urls]
        return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]

    return of


def parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    return message["content"] if isinstance(message["content"], list) else []


def encoded(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def url(image: Image.Image, kind: str = "PNG", **how: Any) -> str:
    """A picture as a data URL."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(encoded(image, kind, **how)).decode()}"


@pytest.fixture
def draw():
    return url


@pytest.fixture
def file():
    return encoded
