"""How servers stand in a toolpost that runs, as clients and operators beside it are told."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Served, command, environment, served

SERVER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    found = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}},
        "tools/list": {"tools": [{"name": "hi", "inputSchema": {"type": "object"}}]},
    }.get(message["method"])
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": found}), flush=True)
"""
SECONDS = 20.0


@pytest.fixture
def port() -> Iterator[int]:
    """One where nobody listens, as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def config(tmp_path: Path, port: int) -> str:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    return f"""
[plugins.upstream]
retry = 600
retry_longest = 600
[plugins.upstream.servers.good]
command = {json.dumps(command()[0])}
args = [{json.dumps(str(script))}]
[plugins.upstream.servers.bad]
url = "http://127.0.0.1:{port}/mcp"
[plugins.upstream.servers.off]
url = "http://127.0.0.1:{port}/mcp"
enabled = false
[plugins.status]
"""


def said(folder: Path, config: str, *words: str) -> subprocess.CompletedProcess[str]:
    surroundings = environment(folder, config)
    return subprocess.run(command(*words), env=surroundings, cwd=folder, capture_output=True, text=True, timeout=60)


def states(folder: Path, config: str) -> dict[str, str]:
    shown = json.loads(said(folder, config, "upstream", "list", "--json").stdout)
    return {one["name"]: one["state"] for one in shown["servers"]}


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < end, "it did not come"


def status(server: Served) -> dict[str, Any]:
    answer = server.answer(server.request("resources/read", {"uri": "toolpost://status"}))
    return dict(json.loads(answer["result"]["contents"][0]["text"]))


def test_the_status_names_servers_that_are_down(tmp_path: Path, config: str, port: int) -> None:
    with served(tmp_path, config) as server:
        (part,) = status(server.handshake())["parts"]
    assert part["part"] == "upstream.bad"
    assert part["state"] == "down"
    assert part["why"].startswith("it cannot be reached")
    assert 0 < part["next_try"] <= 600
    assert str(port) not in part["why"]


def test_the_list_says_how_servers_stand_in_a_host_that_runs(tmp_path: Path, config: str) -> None:
    assert states(tmp_path, config) == {"good": "enabled", "bad": "enabled", "off": "disabled"}
    with served(tmp_path, config) as server:
        server.handshake()
        until(lambda: states(tmp_path, config)["bad"] == "down")
        assert states(tmp_path, config) == {"good": "up", "bad": "down", "off": "disabled"}
        shown = said(tmp_path, config, "upstream", "list")
        assert "bad: it cannot be reached" in shown.stderr
        assert "next try at" in shown.stderr
    assert states(tmp_path, config) == {"good": "enabled", "bad": "enabled", "off": "disabled"}


def test_the_doctor_names_servers_that_are_down(tmp_path: Path, config: str) -> None:
    with served(tmp_path, config) as server:
        server.handshake()
        until(lambda: states(tmp_path, config)["bad"] == "down")
        shown = said(tmp_path, config, "doctor")
    assert "'upstream.bad' is down in a running toolpost" in shown.stdout + shown.stderr
    assert "upstream.good" not in shown.stdout
