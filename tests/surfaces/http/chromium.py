"""A page in headless Chromium, driven over pipes by the DevTools protocol: no library, and no port."""

from __future__ import annotations

import itertools
import json
import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving import PATIENCE

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-pipe",
]
# The browser reads from descriptor 3 and writes to 4, whatever these are called here.
LAUNCH = """
import os, sys
for given, kept in ((int(sys.argv[1]), 100), (int(sys.argv[2]), 101)):
    os.dup2(given, kept)
for kept, wanted in ((100, 3), (101, 4)):
    os.dup2(kept, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass
class Page:
    """A page; `said` is what it wrote to its console, complaints of the browser among them."""

    commands: int
    answers: int
    session: str = ""
    said: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _rest: bytes = b""

    def send(self, method: str, **params: Any) -> Any:
        """Send a command; its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        session = {"sessionId": self.session} if self.session else {}
        os.write(self.commands, json.dumps({**message, **session}).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self._hear(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def run(self, script: str) -> Any:
        """The value of an expression on the page; one that is awaited may wait itself."""
        given = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        result = self.send("Runtime.evaluate", **given)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression as soon as there is one."""
        until = time.monotonic() + PATIENCE
        while not (value := self.run(script)):
            assert time.monotonic() < until, (
                f"never true: {script}; the page says {self.run('document.body.innerText')}"
            )
            time.sleep(0.02)
        return value

    def look(self, width: int, dark: bool = False) -> None:
        """Be of this width, and prefer light or dark."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def press(self, key: str) -> None:
        """Press a key, as a person does."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)
            text = {}

    def _hear(self, event: Any) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.consoleAPICalled":
                self.said.append(str(params["args"]))
            case "Runtime.exceptionThrown":
                self.said.append(str(params["exceptionDetails"]))
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            with selectors.DefaultSelector() as ready:
                ready.register(self.answers, selectors.EVENT_READ)
                assert ready.select(PATIENCE), "the browser says nothing"
            chunk = os.read(self.answers, 1 << 20)
            assert chunk, "the browser has ended"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextmanager
def browsed(folder: Path, url: str) -> Iterator[Page]:
    """A page that shows a URL."""
    (theirs_in, commands), (answers, theirs_out) = os.pipe(), os.pipe()
    launch = [sys.executable, "-c", LAUNCH, str(theirs_in), str(theirs_out)]
    command = [*launch, CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    process = subprocess.Popen(command, pass_fds=[theirs_in, theirs_out], stderr=subprocess.DEVNULL)
    os.close(theirs_in)
    os.close(theirs_out)
    page = Page(commands, answers)
    try:
        target = page.send("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            page.send(f"{domain}.enable")
        page.send("Page.navigate", url=url)
        yield page
    finally:
        process.kill()
        process.wait()
        os.close(commands)
        os.close(answers)
