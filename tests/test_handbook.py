"""The page for authors, followed from its first block to its last by somebody who has nothing else."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from toolpost.checks.running import Options, check_subject
from toolpost.packages.subject import Subject
from toolpost.testing import open_host, open_services, principal

PAGE = Path(__file__).parents[1] / "docs" / "write-a-plugin.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
FILE = re.compile(r"# (\S+\.\w+)\n")
BLOCKS = BLOCK.findall(PAGE.read_text("utf-8"))
# Those without the name of a file, which stand for themselves.
SNIPPETS = [text for language, text in BLOCKS if language == "python" and not FILE.match(text)]


@contextmanager
def agreeing() -> Iterator[int]:
    """A terminal at which somebody says yes to whatever is asked."""
    keyboard, terminal = pty.openpty()
    over = Event()

    def type_yes() -> None:
        while not over.wait(0.2):
            os.write(keyboard, b"y\n")

    typing = Thread(target=type_yes)
    typing.start()
    try:
        yield terminal
    finally:
        over.set()
        typing.join()
        os.close(keyboard)
        os.close(terminal)


@dataclass
class Author:
    """Somebody at a terminal, in an environment that toolpost is installed in."""

    folder: Path
    environ: dict[str, str]

    def types(self, commands: str) -> str:
        """Run a block as a shell does, stay in the folder that it ends in, and say yes to what is asked."""
        where = self.folder / ".where"
        script = f"set -e\n{commands}\npwd > {where}\n"
        place = Path(where.read_text().strip()) if where.exists() else self.folder
        with agreeing() as terminal:
            done = subprocess.run(
                ["sh", "-c", script], cwd=place, env=self.environ, stdin=terminal, capture_output=True, text=True
            )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def writes(self, text: str) -> None:
        """Put a block into the file that its first line names."""
        found = FILE.match(text)
        assert found is not None
        place = Path((self.folder / ".where").read_text().strip()) / found[1]
        assert place.is_file(), f"{place} is not among what was written"
        place.write_text(text)


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    folder = tmp_path_factory.mktemp("author")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    scripts = folder / "venv" / "bin"
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv"), "platbase": str(folder / "venv")})
    installed = sysconfig.get_path("purelib")
    Path(site, "here.pth").write_text(f"import site; site.addsitedir({installed!r})\n")
    (scripts / "toolpost").write_text(f'#!/bin/sh\nexec {scripts / "python"} -m toolpost "$@"\n')
    (scripts / "toolpost").chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_", "PYTHON"))}
    # What builds the distribution is installed here; an index would only be asked for it again.
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "UV_OFFLINE": "1", "UV_NO_BUILD_ISOLATION": "1"}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config"), "TOOLPOST_HOME": str(folder / "home")}
    (folder / "work").mkdir()
    (folder / "work" / ".where").write_text(str(folder / "work"))
    return Author(folder / "work", {**kept, **offline, **home, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"})


@pytest.fixture(scope="module")
def outputs(author: Author) -> dict[str, str]:
    """What the commands of the page said, by the block, once all of it was followed in order."""
    said: dict[str, str] = {}
    for language, text in BLOCKS:
        if language == "sh":
            said[text] = author.types(text)
        elif language == "python" and FILE.match(text):
            author.writes(text)
    return said


def said_by(outputs: dict[str, str], command: str) -> str:
    return next(said for block, said in outputs.items() if command in block)


def test_every_command_of_the_page_works(outputs: dict[str, str]):
    assert "wrote toolpost-dice to dice" in said_by(outputs, "plugins new")
    assert "+ toolpost-dice 0.1.0" in said_by(outputs, "plugins install")
    assert "toolpost-dice 0.1.0: all is well" in said_by(outputs, "plugins check")
    rolled = said_by(outputs, "toolpost call roll")
    assert re.search(r"\[(\d, ?){2}\d\]", rolled), rolled


def test_what_the_page_shows_of_the_project_is_in_it(outputs: dict[str, str], author: Author):
    shown = next(tomllib.loads(text) for language, text in BLOCKS if language == "toml")
    project = tomllib.loads((author.folder / "dice" / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["entry-points"] == shown["project"]["entry-points"]


async def test_claude_desktop_would_find_the_tool(outputs: dict[str, str], author: Author):
    folder = Path(author.environ["HOME"])
    (written,) = folder.rglob("claude_desktop_config.json")
    entry = json.loads(written.read_text("utf-8"))["mcpServers"]["toolpost"]
    server = StdioServerParameters(command=entry["command"], args=entry["args"], env=author.environ, cwd=folder)
    async with Client(server) as client:
        assert "roll" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("roll", {"count": 3})
    assert len(result.structured_content["result"]) == 3


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of all snippets, executed one after the other as in one module."""
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for text in SNIPPETS:
        exec(compile(text, str(PAGE), "exec", dont_inherit=True), vars(module))
    return vars(module)


@pytest.mark.parametrize("name", re.findall(r"^async def (test_\w+)", "\n".join(SNIPPETS), re.MULTILINE))
async def test_the_tests_of_the_page_pass(page: dict[str, Any], name: str):
    await page[name]()


async def test_the_notes_of_the_page_are_kept_and_read(page: dict[str, Any]):
    async with open_services() as services:
        notes = page["Notes"](services.store, services.changes)
        async with open_host(notes, services=services) as host:
            with services.changes.subscribed() as changes:
                await notes.keep("milk", "Buy milk.")
                async for change in changes:
                    assert change.uri == "notes://milk"
                    break
            _, read = await host.read("notes://milk")
            filled = await host.prompt("summarize", {"name": "milk"})
    assert (read.text, filled.text) == ("Buy milk.", "Summarize in a sentence: Buy milk.")
    assert (notes.begun("mi"), notes.begun("x")) == (["milk"], [])


async def test_the_notes_of_the_page_are_built_as_it_says(page: dict[str, Any]):
    async with open_host(page["Notes"], settings={"notes": {"days": 1}}) as host:
        assert len(host.resources) == 1


def test_the_plugins_of_the_page_keep_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plugins = [text for text in SNIPPETS if "@hookimpl" in text]
    (tmp_path / "shown_on_page.py").write_text("\n\n".join(['"""Plugins of a page."""', *plugins]))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("Indexer", "Notes", "Counting"):
        subject = Subject(name.lower(), "0", {name.lower(): f"shown_on_page:{name}"}, tmp_path)
        found = check_subject(subject, Options({}, [], ["import-time"]))
        assert [one.sentence for one in found if one.level == "error"] == [], name


async def test_the_layer_of_the_page_counts(page: dict[str, Any]):
    counting = page["Counting"]()
    async with open_host(page["Indexer"](), layers=[counting]) as host:
        ann = principal("ann", person=None)
        with pytest.raises(Exception, match="cannot ask"):
            await host.call("index", {"files": []}, ann)
    assert counting.calls == {"index": 1}
    assert [(note.layer, note.decision) for note in ann.notes] == [("counting", "counted")]


def test_every_name_of_the_page_is_one_of_toolpost_testing():
    import toolpost.testing
    from toolpost.testing import openai
    from toolpost.testing import pytest as fixtures

    text = PAGE.read_text("utf-8").partition("## More for tests")[2]
    for name in re.findall(r"^\| `(\w+)", text, re.MULTILINE):
        assert name in toolpost.testing.__all__
    for name in re.findall(r"`(toolpost_\w+|openai_server)`", text):
        assert hasattr(fixtures, name)
    assert all(hasattr(openai, name) for name in ("call_tool", "draw", "judge", "hang", "cut", "garbage"))


def test_every_block_is_run():
    assert {language for language, _ in BLOCKS} == {"sh", "python", "toml"}
