"""The route of `library`, on a server that listens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

LIBRARY = Path(__file__).parents[2] / "examples" / "library"
CONFIG = "[plugins.trace]\n[plugins.validation]\n[plugins.library]\n"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of a server where the example is installed."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=LIBRARY, check=True, capture_output=True)
    (tmp_path / "mine.toml").write_text(CONFIG)
    # Python imports from a wheel as it is, its metadata included.
    ours = {"PYTHONPATH": str(next(tmp_path.glob("*.whl"))), "TOOLPOST_HOME": str(tmp_path / "home")}
    command = ["-m", "toolpost", "--config", "mine.toml", "serve", "--http", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, *command], cwd=tmp_path, env={**os.environ, **ours}, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            said = (re.search(r"http://[\w.:]+", line) for line in server.stderr)
            address = next(found[0] for found in said if found)
            with httpx2.Client(base_url=address, timeout=30) as http:
                yield http
        finally:
            server.terminate()


def call(client: httpx2.Client, tool: str, **arguments: Any) -> Any:
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
    named = {"mcp-method": "tools/call", "mcp-name": tool}
    return client.post("/mcp", json={**message, "params": params}, headers=headers | named).json()


def test_books_are_listed_over_http(client: httpx2.Client):
    added = call(client, "add_book", title="Emma", text="Once.\n\nTwice.")
    assert not added["result"].get("isError"), added
    assert client.get("/library").json() == [{"name": "emma", "title": "Emma", "paragraphs": 2}]
    assert client.get("/library", params={"begins": "p"}).json() == []
    assert client.get("/library/emma").json() == ["Once.", "Twice."]
    assert client.get("/library/persuasion").status_code == 404
    described = client.get("/openapi.json").json()["paths"]
    assert described["/library"]["get"]["summary"] == "The books of the library"
