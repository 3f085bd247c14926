"""Canaries: personal data and secrets, sent through every surface there is, come out masked at each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from serving import LEGACY, MODERN, command, environment

from toolpost import Context, Folders, Host, Link, Prompt, Reader, Resource, Tool, ToolError, ToolResult, hookimpl
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.config.locate import shipped_file
from toolpost.plugins.assemble import services
from toolpost.plugins.build import build
from toolpost.server.mcp import mcp_server

EMAIL = "jane.canary@example-mail.org"
CARD = "4111 1111 1111 1111"
KEY = "sk-proj-" + "Ab3dEf6hIj9kLm2nOp5q" * 3
CANARIES = (EMAIL, CARD, CARD.replace(" ", ""), KEY)
TEXT = f"write to {EMAIL}, charge {CARD}, use {KEY}"


def clean(*seen: Any) -> None:
    """Something was seen, and no canary in it."""
    assert seen
    for one in seen:
        text = one if isinstance(one, str) else json.dumps(one, default=lambda value: value.model_dump(mode="json"))
        assert text
        assert not [canary for canary in CANARIES if canary in text]


@dataclass
class Journal:
    """Writes down what reached it, and answers with canaries of its own."""

    file: str = ""
    seen: list[Any] = field(default_factory=list)

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.note), Tool(self.tell), Tool(self.tell_data), Tool(self.fail), Tool(self.crash)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("journal://tells", self.tell), Resource("journal://notes/{text}", self.note)]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.note), Prompt(self.fail)]

    def reached(self, *values: Any) -> None:
        self.seen.extend(values)
        if self.file:
            with Path(self.file).open("a") as journal:
                journal.write(json.dumps(values) + "\n")

    async def note(self, text: str) -> str:
        """Write a text down."""
        self.reached(text)
        return f"noted: {text}"

    async def tell(self, context: Context) -> ToolResult:
        await context.progress(1, 2, TEXT)
        link = Link("https://example.org/?who=" + EMAIL, name=EMAIL, description=TEXT)
        return ToolResult.of(TEXT, link, meta={"who": TEXT})

    async def tell_data(self) -> dict[str, list[dict[str, str]]]:
        return {"people": [{"text": TEXT, EMAIL: CARD}]}

    async def fail(self, text: str = "") -> str:
        self.reached(text)
        raise ToolError(f"no such person: {TEXT} {text}")

    async def crash(self, text: str = "") -> str:
        raise ValueError(f"no such person: {TEXT} {text}")


@pytest.fixture(params=[LEGACY, MODERN])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def in_memory(era: str, tmp_path: Path) -> AsyncIterator[tuple[Client, Path]]:
    """A host with the shipped configuration, and the journal in it."""
    file = tmp_path / "journal"
    plugins = build(read(shipped_file(), Variables({})), services(Folders.of_user(), Reader())).plugins
    async with Host({**plugins, "journal": Journal(str(file))}) as host, Client(mcp_server(host), mode=era) as client:
        yield client, file


@asynccontextmanager
async def over_stdio(era: str, tmp_path: Path) -> AsyncIterator[tuple[Client, Path]]:
    python, *arguments = command("serve")
    server = StdioServerParameters(command=python, args=arguments, env=configured(tmp_path), cwd=tmp_path)
    with (tmp_path / "stderr").open("w") as errors:
        async with Client(stdio_client(server, errlog=errors), mode=era) as client:
            yield client, tmp_path / "journal"
    clean("stderr: " + (tmp_path / "stderr").read_text())


def configured(folder: Path) -> dict[str, str]:
    """The shipped configuration, and the journal as a plugin of a distribution of its own."""
    info = folder / "site" / "journal-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: journal\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\njournal = journal_plugin:Journal\n")
    (info.parent / "journal_plugin.py").symlink_to(__file__)
    tables = f'\n[plugins.journal]\nfile = "{folder / "journal"}"\n'
    env = environment(folder, shipped_file().read_text("utf-8") + tables)
    return env | {"PYTHONPATH": f"{info.parent}:{env['PYTHONPATH']}"}


@pytest.fixture(params=[in_memory, over_stdio], ids=["memory", "stdio"])
def connect(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_mcp_masks_both_ways(connect: Any, era: str, tmp_path: Path):
    told: list[str] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with connect(era, tmp_path) as (client, journal):
        noted = await client.call_tool("note", {"text": TEXT})
        assert not noted.is_error
        clean(noted)
        clean(await client.call_tool("tell", {}, progress_callback=progress))
        clean(*told)
        clean(await client.call_tool("tell_data", {}))
        for tool in ("fail", "crash"):
            failed = await client.call_tool(tool, {"text": TEXT})
            assert failed.is_error
            clean(failed)
        clean(await client.call_tool("note", {"txt": TEXT}))
        clean(await client.read_resource("journal://tells"))
        # The address is the client's own, and comes back with the answer.
        clean((await client.read_resource(f"journal://notes/{EMAIL}")).contents[0].text)
        clean(await client.get_prompt("note", {"text": TEXT}))
        with pytest.raises(MCPError) as refused:
            await client.get_prompt("fail", {"text": TEXT})
        clean(str(refused.value))
        clean(journal.read_text())
        assert journal.read_text().count("\n") == 5


def test_the_command_line_masks_both_ways(tmp_path: Path):
    env = configured(tmp_path)
    for tool, status, *form in (("note", 0), ("tell", 0), ("tell", 0, "--json"), ("fail", 1), ("crash", 1, "--json")):
        words = [f"text={TEXT}"] if tool in ("note", "fail", "crash") else []
        done = subprocess.run(
            command("call", tool, *words, *form), env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        clean("output: " + done.stdout + done.stderr)
    clean((tmp_path / "journal").read_text())


async def test_python_masks_both_ways(anyio_backend: str):
    journal = Journal()
    plugins = build(read(shipped_file(), Variables({})), services(Folders.of_user(), Reader())).plugins
    async with Host({**plugins, "journal": journal}) as host:
        clean((await host.call("note", {"text": TEXT})).text)
        clean((await host.call("tell")).text)
        for tool in ("fail", "crash"):
            with pytest.raises(ToolError) as failed:
                await host.call(tool, {"text": TEXT})
            clean(str(failed.value))
        clean(*map(str, journal.seen))


def test_the_canaries_are_seen_where_nothing_masks_them():
    with pytest.raises(AssertionError):
        clean(TEXT)
