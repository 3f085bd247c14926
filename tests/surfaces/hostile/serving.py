"""`toolpost serve` in a child process, with plugins that do everything wrong, spoken to line by line."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HOSTILE = Path(__file__).parent
LEGACY, MODERN = "legacy", "2026-07-28"
# How long to wait for what must come; nothing here is measured against it.
PATIENCE = 60.0

LAYERS = """
[plugins.trace]
[plugins.pii]
[plugins.guard]
[plugins.validation]
[plugins.timeout]
[plugins.retry]
"""
CONFIG = LAYERS + "[plugins.hostile]\n"


def environment(folder: Path, config: str) -> dict[str, str]:
    """What a `toolpost` child needs, with nothing of whoever runs the tests."""
    file = folder / "config.toml"
    file.write_text(config)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_"))}
    return kept | {
        "PYTHONPATH": str(HOSTILE),
        "TOOLPOST_CONFIG": str(file),
        "TOOLPOST_HOME": str(folder / "home"),
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "toolpost", *arguments]


class Served:
    """`toolpost serve` in a child process, spoken to line by line."""

    def __init__(self, folder: Path, config: str = CONFIG, *arguments: str, **popen: Any) -> None:
        self.errors = folder / "stderr.txt"
        self.process = subprocess.Popen(
            command("serve", *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("wb"),
            env=environment(folder, config),
            cwd=folder,
            **popen,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        self.lines: list[bytes] = []
        self.messages: list[dict[str, Any]] = []
        self._rest = b""
        self._numbers = iter(range(1, 1_000_000))

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        for message in messages:
            rest = memoryview(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")
            while rest:
                rest = rest[os.write(self.input, rest) :]

    def next_line(self) -> bytes:
        """The next line; nothing at the end."""
        while b"\n" not in self._rest:
            with selectors.DefaultSelector() as ready:
                ready.register(self.output, selectors.EVENT_READ)
                assert ready.select(PATIENCE), f"nothing came; stderr: {self.stderr()[-2000:]}"
            chunk = os.read(self.output, 1 << 20)
            if not chunk:
                return b""
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        self.lines.append(line)
        return line

    def next(self) -> dict[str, Any]:
        """The next message."""
        line = self.next_line()
        assert line, f"the server ended; stderr: {self.stderr()[-2000:]}"
        message: dict[str, Any] = json.loads(line, parse_constant=_refuse)
        self.messages.append(message)
        return message

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that fits, from those that came and those to come."""
        while not (found := [message for message in self.messages if wanted(message)]):
            self.next()
        return found[0]

    def answer(self, number: Any) -> dict[str, Any]:
        return self.until(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method: str, params: dict[str, Any] | None = None, number: Any = None) -> Any:
        number = number if number is not None else f"r{next(self._numbers)}"
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}})
        return number

    def start(self, tool: str, /, **arguments: Any) -> Any:
        """Begin a call that reports progress, and wait until it is under way."""
        number = f"r{next(self._numbers)}"
        params = {"name": tool, "arguments": arguments, "_meta": {"progressToken": number}}
        self.request("tools/call", params, number)
        self.until(lambda m: m.get("method") == "notifications/progress" and m["params"]["progressToken"] == number)
        return number

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        return self.answer(self.request("tools/call", {"name": tool, "arguments": arguments}))

    def handshake(self) -> Served:
        client = {"name": "raw", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
        self.answer(self.request("initialize", params))
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return self

    def alive(self) -> None:
        """The next call is fine."""
        answer = self.call("echo", text="still here")
        assert answer["result"]["content"] == [{"type": "text", "text": "still here"}]

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def ended(self, within: float = PATIENCE) -> int:
        """The exit status; what it still wrote is read."""
        until = time.monotonic() + within
        os.set_blocking(self.output, True)
        while self.next_line():
            pass
        return self.process.wait(max(0.1, until - time.monotonic()))

    def kill(self) -> None:
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                stream and stream.close()

    def stderr(self) -> str:
        return self.errors.read_text("utf-8", errors="replace")

    def rss(self) -> int:
        """Bytes resident now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} on the wire")


@contextmanager
def served(folder: Path, config: str = CONFIG, *arguments: str, **popen: Any) -> Iterator[Served]:
    folder.mkdir(parents=True, exist_ok=True)
    server = Served(folder, config, *arguments, **popen)
    try:
        yield server
    finally:
        server.kill()
