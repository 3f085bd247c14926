"""A server with the gateway, a few tools, and a model by script; ann and bob talk with it.

Run as a program it serves; imported it starts such a program.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from toolpost import Context, Image, Tool, ToolError, hookimpl

WHO = ("ann", "bob")
PATIENCE = 20.0
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


class Kit:
    """Tools that look, that change something, that take their time, and that fail."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.look_up, read_only=True, title="Look up"),
            Tool(self.tear_down, destructive=True, title="Tear down"),
            Tool(self.wait, read_only=True),
            Tool(self.draw, read_only=True),
            Tool(self.fail, read_only=True),
        ]

    async def look_up(self, word: str) -> str:
        """Look up a word."""
        return f"{word} means seven"

    async def tear_down(self, house: str) -> str:
        """Tear a house down."""
        return f"{house} is gone"

    async def wait(self, context: Context, seconds: float = 3600.0) -> str:
        """Wait for long."""
        await context.progress(1, 4, "a quarter")
        await anyio.sleep(seconds)
        return "waited"

    async def draw(self) -> Image:
        """Draw."""
        return Image(PIXEL, mime_type="image/png")

    async def fail(self) -> str:
        """Fail."""
        raise ToolError("the tool is out of order")


@dataclass
class Heard:
    """An answer: its status, and what events or JSON came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[tuple[str, Any]]:
        return events(self.body)

    def told(self, name: str) -> list[Any]:
        return [told for known, told in self.events if known == name]


def events(body: bytes) -> list[tuple[str, Any]]:
    """The events of a stream, as far as they came."""
    parts = [part.split("\n") for part in body.decode().split("\n\n") if part.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


@dataclass
class Talked:
    """The server; `server` has its sockets."""

    server: Any

    def ask(self, method: str, path: str, body: Any = b"", who: str | None = "ann", **headers: str) -> Heard:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            given["authorization"] = f"Bearer {token_of(who)}"
        reply = self.server.request(method, path, body, given)
        return Heard(reply.status, reply.headers, reply.body)

    def get(self, path: str, who: str | None = "ann", **headers: str) -> Heard:
        return self.ask("GET", path, who=who, **headers)

    def say(self, message: Any, session: str | None = None, who: str = "ann", **more: Any) -> Heard:
        given = {"session_id": session} if session else {}
        return self.ask("POST", "/chat", {"message": message, **given, **more}, who)

    def begin(self, message: str = "hello", who: str = "ann") -> str:
        reply = self.say(message, who=who)
        assert reply.status == 200, reply
        return str(reply.json["session_id"])

    def transcript(self, session: str, who: str = "ann") -> Any:
        reply = self.get(f"/chat/sessions/{session}", who)
        assert reply.status == 200, reply
        return reply.json


def token_of(who: str) -> str:
    return f"token-of-{who}"


def last_of(body: Any) -> str:
    """The words that a model is asked last."""
    content = next(message["content"] for message in reversed(body["messages"]) if message["role"] == "user")
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


class Reader:
    """A stream that is read as it comes, and can be left."""

    def __init__(self, talk: Talked, body: object, who: str = "ann") -> None:
        data = json.dumps(body).encode()
        self.connection: socket.socket = talk.server.connect()
        head = f"POST /chat HTTP/1.1\r\nhost: localhost:{talk.server.port}\r\nauthorization: Bearer {token_of(who)}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        self.connection.sendall(head.encode() + data)
        self.came = b""

    def until(self, name: str) -> dict[str, object]:
        """The next event of this name."""
        while not (found := [told for known, told in self.events if known == name]):
            part = self.connection.recv(1 << 16)
            assert part, self.came
            self.came += part
        return found[-1]

    @property
    def events(self):
        # Without the lines that say how long each chunk is.
        body = re.sub(rb"\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n", b"", self.came.partition(b"\r\n\r\n")[2])
        return events(body[: body.rfind(b"\n\n") + 2])

    def leave(self) -> None:
        self.connection.close()


def until(true: Callable[[], bool]) -> None:
    """Wait for what must come."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def gather(config: Any) -> Any:
    """The host, with what the configuration says of the gateway and the model."""
    from toolpost import Folders, Host, Reader
    from toolpost.plugins.assemble import services
    from toolpost_gateway.plugin import Gateway
    from toolpost_openai import OpenAI

    def of(name: str) -> dict[str, Any]:
        table = next(table for table in config.enabled if table.name == name)
        return {key: setting.value for key, setting in table.settings.items()}

    _, _, store, artefacts, *_ = services(Folders.of_user(), Reader())
    openai = OpenAI(**of("openai"))
    gateway = Gateway(openai, store, artefacts, **of("gateway"))  # type: ignore[arg-type]
    return Host({"openai": openai, "kit": Kit(), "gateway": gateway})


@contextmanager
def talked(folder: Path, provider: str, settings: str = "", tokens: bool = True) -> Iterator[Talked]:
    """Such a server over a folder, which a later one may be started over again."""
    from reaching import run

    config = f'[plugins.openai]\nbase_url = "{provider}"\n[plugins.kit]\n[plugins.gateway]\n{settings}\n'
    for who in WHO if tokens else ():
        digest = hashlib.sha256(token_of(who).encode()).hexdigest()
        config += f'[http.tokens.{who}]\nsha256 = "{digest}"\nprincipal = "{who}"\nscopes = ["call"]\n'
    with run(Path(__file__), folder, config) as server:
        yield Talked(server)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1] / "http"))
    from reaching import serve_with

    serve_with(gather)
