"""What the tests of the `moderation` plugin share: providers, and hosts that ask them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from toolpost import Artefacts, Host, Reader
from toolpost_moderation import Moderation
from toolpost_moderation.verdict import CATEGORIES
from toolpost_openai import OpenAI
from toolpost_openai.testing import ScriptedServer
from toolpost_pictures import Pictures


def result(**found: float) -> dict[str, Any]:
    """One result, with the categories of these scores; from a half on they are flagged."""
    scores = dict.fromkeys(CATEGORIES, 0.0) | {name.replace("_", "/"): score for name, score in found.items()}
    flags = {name: score >= 0.5 for name, score in scores.items()}
    return {"flagged": any(flags.values()), "categories": flags, "category_scores": scores}


def answer(*results: Any) -> Callable[[Any], None]:
    """A scripted reply that holds these results."""
    body = json.dumps({"id": "modr-1", "model": "omni-moderation-test", "results": results}).encode()
    return lambda handler: handler.send(200, body)


def waiting(arrived: Event) -> Callable[[Any], None]:
    """A scripted reply that never comes; it tells when the request has arrived."""

    def reply(handler: Any) -> None:
        arrived.set()
        if not handler.connection.recv(1):
            handler.script.left.set()

    return reply


class Censor:
    """A provider that flags a text for `violence` where it says `kill`, and a picture where its corner is red."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[Any] = []
        self.fails = False
        self.base_url = server.url_for("/v1")
        server.expect_request("/v1/moderations").respond_with_handler(self._judge)

    def _judge(self, request: Request) -> Response:
        parts = request.get_json()["input"]
        self.asked.append(parts)
        if self.fails:
            return Response("{}", 500, content_type="application/json")
        score = 0.9 if any(map(self._is_bad, parts)) else 0.1
        body = {"id": "m", "model": "omni-moderation-test", "results": [result(violence=score)]}
        return Response(json.dumps(body), content_type="application/json")

    def _is_bad(self, part: dict[str, Any]) -> bool:
        if part["type"] == "text":
            return "kill" in part["text"]
        picture = Image.open(io.BytesIO(base64.b64decode(part["image_url"]["url"].partition(",")[2])))
        return picture.convert("RGB").getpixel((0, 0))[1] < 100

    @property
    def texts(self) -> list[str]:
        """The texts it was asked about."""
        return [part["text"] for parts in self.asked for part in parts if part["type"] == "text"]


@pytest.fixture
def provider() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def censor(httpserver: HTTPServer) -> Censor:
    return Censor(httpserver)


@pytest.fixture
def artefacts(tmp_path) -> Artefacts:
    return Artefacts(tmp_path / "artefacts")


@pytest.fixture
def host(artefacts):
    """Makes a host of the plugin, asking at a URL; other plugins come within its layer."""

    def make(base_url: str, *plugins: object, **settings: Any) -> Host:
        reader = Reader()
        connection, pictures = OpenAI(base_url=base_url), Pictures(artefacts, reader)
        host = Host([connection, pictures, Moderation(connection, pictures, **settings), *plugins])
        reader.bind(host)
        return host

    return make


@pytest.fixture
def file():
    """A picture of one colour, as the bytes of a file."""

    def encoded(colour: str, kind: str = "PNG") -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (16, 16), colour).save(buffer, kind)
        return buffer.getvalue()

    return encoded


@pytest.fixture
def url(file):
    """A picture of one colour, as a data URL."""

    def of(colour: str, kind: str = "PNG") -> str:
        return f"data:image/{kind.lower()};base64,{base64.b64encode(file(colour, kind)).decode()}"

    return of
