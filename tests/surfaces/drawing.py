"""The real `toolpost serve` with the shipped configuration and a provider by script, for tests of what people see."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import Implementation
from PIL import Image

from toolpost_openai.testing import Handler, Reply, ScriptedServer

SHIPPED = Path(__file__).parents[2] / "config.toml"
PULSE = Path(__file__).parent / "pulse"
# The shell writes the number of the process down, and becomes that process.
COMMAND = ["-c", 'echo $$ > pid; exec "$0" "$@"', sys.executable, "-m", "toolpost", "serve"]
CAT = {"prompt": "a cat"}


@dataclass
class House:
    """A folder, a provider and an era: all that a server is started with, again and again."""

    folder: Path
    provider: ScriptedServer
    era: str = "2026-07-28"
    settings: dict[str, str] = field(default_factory=dict)
    key: str = "sk-test"
    plugins: str = ""

    def environment(self) -> dict[str, str]:
        config = self.folder / "config.toml"
        config.write_text(SHIPPED.read_text() + self.plugins)
        provider = {"OPENAI_BASE_URL": self.provider.base_url, "OPENAI_API_KEY": self.key} if self.key else {}
        ours = {"TOOLPOST_HOME": str(self.folder / "home"), "TOOLPOST_CONFIG": str(config), "PYTHONPATH": str(PULSE)}
        return {**os.environ, **ours, **provider, "TOOLPOST__OPENAI__SERVES": "openai", **self.settings}

    @asynccontextmanager
    async def client(self, name: str = "test", **settings: str) -> AsyncIterator[Client]:
        """A client of this era, to a server of its own, on the event loop that goes with the era here."""
        self.settings |= settings
        loop = "asyncio" if self.era == "legacy" else "trio"
        server = StdioServerParameters(
            command="/bin/sh", args=[*COMMAND, "--backend", loop], env=self.environment(), cwd=self.folder
        )
        with (self.folder / "stderr.txt").open("a") as errors:
            transport = stdio_client(server, errlog=errors)
            async with Client(transport, mode=self.era, client_info=Implementation(name=name, version="1")) as client:
                yield client

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `toolpost` command beside the server."""
        command = [sys.executable, "-m", "toolpost", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.environment(), capture_output=True, text=True)

    def rows(self, *arguments: str) -> Any:
        """What a command prints for programs."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def pid(self) -> int:
        """The number of the last server."""
        return int((self.folder / "pid").read_text())

    def kill(self) -> None:
        """End the server as nothing can be ended better."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def errors(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    @property
    def paid(self) -> list[str]:
        """The paths of the requests that the provider got."""
        return [received.path.removeprefix("/v1") for received in self.provider.journal]

    @property
    def asked(self) -> Any:
        """The body of the last request."""
        return self.provider.journal[-1].body


def text(result: Any) -> str:
    """All that a model reads of a result."""
    return "\n".join(block.text for block in result.content if block.type == "text")


def seen(result: Any) -> list[bytes]:
    """The pictures in a result."""
    return [base64.b64decode(block.data) for block in result.content if block.type == "image"]


def links(result: Any) -> list[str]:
    return [str(block.uri) for block in result.content if block.type == "resource_link"]


def size(picture: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(picture)).size


def wire(result: Any) -> int:
    """The bytes of a result."""
    return len(result.model_dump_json(by_alias=True, exclude_none=True).encode())


def noise(side: int, seed: int = 0) -> bytes:
    """A PNG that nothing compresses: of side 2048, 12.6 MB."""
    file = BytesIO()
    Image.frombytes("RGB", (side, side), Random(seed).randbytes(side * side * 3)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def plain(body: Any, **headers: str) -> Reply:
    """An answer of some JSON, or of bytes that may be none."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: handler.send(200, data, **headers)


def verdict(*flagged: str) -> Reply:
    """What a moderation model says, with the categories that it flags."""
    names = ("violence", "sexual", "hate")
    categories = {name: name in flagged for name in names}
    scores = {name: 0.9 if name in flagged else 0.01 for name in names}
    found = {"flagged": bool(flagged), "categories": categories, "category_scores": scores}
    return plain({"id": "m", "model": "omni-moderation-latest", "results": [found]})


def reset(handler: Handler) -> None:
    """The connection breaks before anything is said."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hung_up(handler: Handler) -> None:
    """The connection ends in order, and too early."""
    handler.close_connection = True
    with suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)
