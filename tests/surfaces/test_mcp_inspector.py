"""The MCP Inspector's command line, which none of us wrote, against `toolpost serve`."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving import CONFIG, command, environment

PACKAGE = "@modelcontextprotocol/inspector@2.12"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inspector(npm: Callable[[str], Path]) -> list[str]:
    """The Inspector, installed once into a cache folder; it runs on the Node that `npm` puts first on PATH."""
    script = npm(PACKAGE).parent / "@modelcontextprotocol" / "inspector"
    node = str(shutil.which("node"))
    entry = json.loads((script / "package.json").read_text())["bin"]
    name = entry if isinstance(entry, str) else next(iter(entry.values()))
    return [node, str(script / name), "--cli"]


@pytest.fixture
def inspect(inspector: list[str], tmp_path: Path) -> Any:
    def ask(*arguments: str) -> Any:
        env = environment(tmp_path, CONFIG)
        # The Inspector hands on only what it is told to.
        told = ("PYTHONPATH", "TOOLPOST_CONFIG", "TOOLPOST_HOME")
        given = [word for name in told for word in ("-e", f"{name}={env[name]}")]
        done = subprocess.run(
            [*inspector, *command("serve"), *given, *arguments],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    return ask


def test_the_inspector_lists_the_tools(inspect: Any):
    tools = {tool["name"]: tool for tool in inspect("--method", "tools/list")["tools"]}
    assert tools["echo"]["description"] == "Say it back."
    assert tools["counts"]["outputSchema"]["required"] == ["result"]


def test_the_inspector_calls_a_tool(inspect: Any):
    result = inspect("--method", "tools/call", "--tool-name", "echo", "--tool-arg", "text=hi")
    assert result["content"] == [{"type": "text", "text": "hi"}]


def test_the_inspector_reads_resources_and_prompts(inspect: Any):
    assert inspect("--method", "resources/read", "--uri", "hostile://text")["contents"][0]["text"] == "a text to read"
    assert {prompt["name"] for prompt in inspect("--method", "prompts/list")["prompts"]} >= {"review"}
