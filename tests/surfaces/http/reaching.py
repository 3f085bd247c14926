"""`toolpost serve --http` in a child process, reached by plain sockets and by plain requests."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from serving import PATIENCE, command, environment

from toolpost import Host
from toolpost.config.load import Config

MODERN, HANDSHAKE = "2026-07-28", "2025-11-25"
ACCEPT = "application/json, text/event-stream"
META = "io.modelcontextprotocol"
# What a server needs of this process's environment: a variable that looks like a secret would be hidden in its log.
KEPT = frozenset({"PATH", "PYTHONPATH", "HOME", "TMPDIR", "SYSTEMROOT"})
CONFIG = """
[plugins.trace]
[plugins.pii]
[plugins.validation]
[plugins.timeout]
[plugins.hostile]
"""


@dataclass
class Reply:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            return self.events[-1]
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        found = re.findall(rb"^data: (.+)$", self.body.replace(b"\r", b""), re.MULTILINE)
        return [json.loads(one) for one in found]


@dataclass
class Reached:
    """A server at an address of its own."""

    process: subprocess.Popen[bytes]
    errors: Path
    url: str = ""
    token: str | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, *parts: bytes) -> bytes:
        """Send as it is; all that comes until the server closes."""
        with self.connect() as connection:
            for part in parts:
                with suppress(OSError):
                    connection.sendall(part)
            return drained(connection)

    def request(
        self, method: str, path: str, body: bytes | Any = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request on a connection of its own."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"host": f"localhost:{self.port}", "connection": "close", "content-length": str(len(data))}
        if data and not isinstance(body, bytes):
            given["content-type"] = "application/json"
        if self.token:
            given["authorization"] = f"Bearer {self.token}"
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not ...)
        return parsed(self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + data))

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def rpc(self, method: str, params: Any = None, headers: Mapping[str, str] | None = None, **over: Any) -> Reply:
        """A request of the stateless era."""
        meta = {f"{META}/protocolVersion": MODERN, f"{META}/clientCapabilities": {}}
        params = {**(params or {}), "_meta": {**meta, **(params or {}).get("_meta", {})}}
        message = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params, **over}
        named = {"mcp-name": str(params["name"])} if "name" in params else {}
        given = {"accept": ACCEPT, "mcp-protocol-version": MODERN, "mcp-method": method, **named, **(headers or {})}
        return self.request("POST", "/mcp", message, given)

    def call(self, tool: str, /, **arguments: Any) -> Reply:
        return self.rpc("tools/call", {"name": tool, "arguments": arguments})

    def open(self, capabilities: Mapping[str, Any] | None = None) -> Session:
        """A session of the handshake era."""
        client = {"name": "raw", "version": "1"}
        params = {"protocolVersion": HANDSHAKE, "capabilities": capabilities or {}, "clientInfo": client}
        session = Session(self)
        reply = session.rpc("initialize", params)
        assert reply.status == 200, reply
        session.id = reply.headers["mcp-session-id"]
        session.rpc("notifications/initialized", id=...)
        return session

    def alive(self) -> None:
        """The next call is fine."""
        answer = self.call("echo", text="still here").json
        assert answer["result"]["content"] == [{"type": "text", "text": "still here"}], answer

    def stderr(self) -> str:
        return self.errors.read_text("utf-8", errors="replace")

    def rss(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)


@dataclass
class Session:
    """A client of the handshake era."""

    server: Reached
    id: str = ""

    def rpc(self, method: str, params: Any = None, headers: Mapping[str, str] | None = None, **over: Any) -> Reply:
        message = {"jsonrpc": "2.0", "id": next(self.server._numbers), "method": method, "params": params or {}, **over}
        message = {key: value for key, value in message.items() if value is not ...}
        named = {"mcp-session-id": self.id, "mcp-protocol-version": HANDSHAKE} if self.id else {}
        return self.server.request("POST", "/mcp", message, {"accept": ACCEPT, **named, **(headers or {})})

    def call(self, tool: str, /, **arguments: Any) -> Reply:
        return self.rpc("tools/call", {"name": tool, "arguments": arguments})


def drained(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def parsed(raw: bytes) -> Reply:
    """The first response in what came."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    assert first, "the server answered nothing"
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(_chunks(body))
    return Reply(int(first.split()[1]), headers, body)


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        yield rest[:length]
        body = rest[length + 2 :] if length else b""


@contextmanager
def reached(
    folder: Path,
    config: str = CONFIG,
    *arguments: str,
    token: str | None = None,
    before: Callable[[], None] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Reached]:
    """A server that listens, in a process where `before` ran first; it is ended with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    errors = folder / "stderr.txt"
    process = subprocess.Popen(
        command("serve", "--http", "--port", "0", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors.open("wb"),
        env={**environment(folder, config), **(variables or {})},
        cwd=folder,
        preexec_fn=before,
    )
    with _listening(process, errors, token) as server:
        yield server


@contextmanager
def run(script: Path, folder: Path, config: str, token: str | None = None) -> Iterator[Reached]:
    """A script that serves plugins of a test (see `serve_with`), until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    errors = folder / "stderr.txt"
    errors.unlink(missing_ok=True)
    found = environment(folder, config)
    found["PYTHONPATH"] = os.pathsep.join([found["PYTHONPATH"], os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors.open("wb"),
        env={name: value for name, value in found.items() if name in KEPT or name.startswith("TOOLPOST")},
        cwd=folder,
    )
    with _listening(process, errors, token) as server:
        yield server


def serve_with(gather: Callable[[Config], Host]) -> None:
    """Serve what is gathered from the configuration, in the process of such a script."""
    from dataclasses import replace

    from toolpost.config.load import load
    from toolpost.http.serve import serve
    from toolpost.logs import log_to_stderr

    config = load()
    log_to_stderr(config)
    serve(replace(config, http=replace(config.http, port=0)), gather, lambda text: print(text, file=sys.stderr))


@contextmanager
def _listening(process: subprocess.Popen[bytes], errors: Path, token: str | None) -> Iterator[Reached]:
    server = Reached(process, errors, token=token)
    try:
        server.url = _address(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _address(server: Reached) -> str:
    until = time.monotonic() + PATIENCE
    while not (found := re.search(r"serves MCP at (\S+)", server.stderr())):
        assert server.process.poll() is None, server.stderr()
        assert time.monotonic() < until, server.stderr()
        time.sleep(0.01)
    return found[1]
