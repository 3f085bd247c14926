"""What pytest knows of toolpost, in a run of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

PLUGIN = "toolpost.testing.pytest"
INSTALLED = any(one.value == PLUGIN for one in entry_points(group="pytest11"))
TESTS = '''
from dataclasses import dataclass

import pytest

from toolpost import Store, Tool, hookimpl
from toolpost.testing.openai import say


@dataclass
class Notes:
    """Keeps a note."""

    store: Store

    @hookimpl
    def tools(self):
        return [Tool(self.keep)]

    async def keep(self, text: str) -> str:
        """Keep a text."""
        await self.store.space("notes").set("x", text.encode(), ttl=60)
        return text


@pytest.mark.anyio
async def test_a_host_and_a_clock(toolpost_host, toolpost_services, toolpost_clock):
    async with toolpost_host(Notes) as host:
        await host.call("keep", {"text": "milk"})
        assert await toolpost_services.store.space("notes").get("x") == b"milk"
        toolpost_clock.advance(61)
        assert await toolpost_services.store.space("notes").get("x") is None


@pytest.mark.anyio
async def test_a_server(toolpost_host, openai_server):
    openai_server.replies.append(say("Paris."))
    settings = {"openai": {"base_url": openai_server.base_url, "api_key": "sk-test"}}
    async with toolpost_host("openai", "chat", settings=settings) as host:
        assert (await host.call("chat", {"prompt": "x"})).text == "Paris."


@pytest.mark.anyio
async def test_a_cassette(toolpost_host, toolpost_cassette, upstream):
    settings = {"openai": {"base_url": toolpost_cassette(upstream).base_url, "api_key": "sk-test"}}
    async with toolpost_host("openai", "chat", settings=settings) as host:
        assert (await host.call("chat", {"prompt": "x"})).text == "Hello, world."
'''
CONFTEST = """
import pytest
from toolpost.testing import OpenAIServer


@pytest.fixture(params=["asyncio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
def upstream():
    import os
    if not os.environ.get("TOOLPOST_RECORD"):
        return "http://127.0.0.1:9/v1"
    server = OpenAIServer().__enter__()
    return server.base_url
"""


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    import os

    loaded = [] if INSTALLED else ["-p", PLUGIN]
    command = [sys.executable, "-m", "pytest", "-q", *loaded, *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True)


def test_its_fixtures_work(tmp_path: Path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_notes.py").write_text(TESTS)
    recorded = run(tmp_path, "-k", "cassette", TOOLPOST_RECORD="1")
    assert "1 passed" in recorded.stdout, recorded.stdout
    assert (tmp_path / "cassettes" / "test_a_cassette.json").is_file()
    replayed = run(tmp_path)
    assert "3 passed" in replayed.stdout, replayed.stdout


def test_it_imports_nothing_that_is_not_used(tmp_path: Path):
    code = (
        "import sys, pytest; before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('toolpost')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


FAULTY = '''
from toolpost import Tool, hookimpl


class Dice:
    """Rolls dice."""

    @hookimpl
    def tools(self):
        return [Tool(self.roll, read_only=True)]

    async def roll(self, count: int = 1) -> list[int]:
        """Roll dice, as many as wanted."""
        return [4] * count
'''


@pytest.mark.parametrize("subject", ["Dice", "'.'"])
def test_the_contract_is_a_test_for_each_rule(tmp_path: Path, subject: str):
    (tmp_path / "dice_plugin.py").write_text(FAULTY)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x-dice"\nversion = "1"\ndependencies = ["toolpost"]\n'
        '[project.entry-points.toolpost]\ndice = "dice_plugin:Dice"\n'
    )
    (tmp_path / "test_contract.py").write_text(
        "from toolpost.testing import contract\nfrom dice_plugin import Dice\n"
        f"test_contract = contract({subject}, without=['tool-count'])\n"
    )
    done = run(tmp_path)
    assert "FAILED test_contract.py::test_contract[parameter-words]" in done.stdout
    assert "tool 'roll', parameter 'count': it has no description; add it to `Args:`" in done.stdout
    assert "why: a model fills parameters by their descriptions" in done.stdout
    assert "tool-count" not in done.stdout
    assert "1 failed" in done.stdout


def test_nothing_of_it_is_imported_by_toolpost():
    root = Path(__file__).parents[3] / "core" / "toolpost"
    files = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] != "testing"]
    assert [
        path for path in files if "toolpost.testing" in path.read_text("utf-8").replace("`toolpost.testing", "")
    ] == []
