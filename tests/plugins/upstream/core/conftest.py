"""What the tests of upstream servers share: real servers in every transport and era."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hosting import FRIENDLY, child

# Transport and era.
WAYS = [
    ("stdio", "handshake"),
    ("stdio", "stateless"),
    ("http", "handshake"),
    ("http", "stateless"),
    ("sse", "handshake"),
]


@pytest.fixture(scope="session")
def ports() -> Iterator[Callable[[str], int]]:
    """Starts a friendly server over `http` or `sse`, once, and says its port."""
    started: dict[str, tuple[subprocess.Popen[str], int]] = {}

    def port(transport: str) -> int:
        if transport not in started:
            command = [sys.executable, str(FRIENDLY), transport]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            assert process.stdout is not None
            started[transport] = process, int(process.stdout.readline())
        return started[transport][1]

    yield port
    for process, _ in started.values():
        process.kill()
        with process:
            pass


@pytest.fixture(params=WAYS, ids=["-".join(way) for way in WAYS])
def friendly(request: pytest.FixtureRequest, ports: Callable[[str], int]) -> dict[str, Any]:
    """The settings that reach a friendly server, in each transport and era."""
    transport, era = request.param
    if transport == "stdio":
        return child(FRIENDLY, era=era)
    path = "sse" if transport == "sse" else "mcp"
    url = f"http://127.0.0.1:{ports(transport)}/{path}"
    return {"url": url, "transport": transport, "era": era, "start_timeout": 20}
