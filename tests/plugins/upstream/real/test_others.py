"""Servers of npm and PyPI, on the SDKs of several years, through a toolpost host."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from pytest_httpserver import HTTPServer

from toolpost.testing import connect

from .conftest import Entry, Open

PATIENCE = 60.0
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def client(offered: Open, era: Any) -> Any:
    @asynccontextmanager
    async def connected(**servers: Entry) -> AsyncIterator[Client]:
        with anyio.fail_after(PATIENCE):
            async with offered(**servers) as host, connect(host, era) as client:
                yield client

    return connected


@pytest.fixture
def script(node: Path, packages: Path) -> Callable[..., Entry]:
    def entry(name: str, *args: object, **more: Any) -> Entry:
        path = packages / "@modelcontextprotocol" / name / "dist" / "index.js"
        return {"command": str(node), "args": [str(path), *map(str, args)], **more}

    return entry


async def said(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in result.content if block.type == "text")
    assert not result.is_error, text
    return text


async def test_files_are_written_read_and_found(client: Any, script: Callable[..., Entry], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "dot.png").write_bytes(base64.b64decode(DOT))
    async with client(files=script("server-filesystem", folder)) as connected:
        await said(connected, "files_write_file", path=str(folder / "a.txt"), content="line one\nline two\n")
        assert (folder / "a.txt").read_text() == "line one\nline two\n"
        assert "line one" in await said(connected, "files_read_text_file", path=str(folder / "a.txt"), head=1)
        assert "a.txt" in await said(connected, "files_search_files", path=str(folder), pattern="**/*.txt")
        picture = await connected.call_tool("files_read_media_file", {"path": str(folder / "dot.png")})
        assert [block.data for block in picture.content if block.type == "image"] == [DOT]


async def test_files_outside_its_folder_stay_closed(client: Any, script: Callable[..., Entry], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("hunter2")
    async with client(files=script("server-filesystem", folder)) as connected:
        result = await connected.call_tool("files_read_text_file", {"path": str(tmp_path / "secret.txt")})
    assert result.is_error
    assert "hunter2" not in str(result)


async def test_a_graph_is_remembered_over_a_restart(client: Any, script: Callable[..., Entry], tmp_path: Path) -> None:
    entry = script("server-memory", env={"MEMORY_FILE_PATH": str(tmp_path / "graph.jsonl")})
    person = {"name": "Ada", "entityType": "person", "observations": ["wrote the first program"]}
    async with client(memory=entry) as connected:
        await said(connected, "memory_create_entities", entities=[person])
    async with client(memory=entry) as connected:
        result = await connected.call_tool("memory_search_nodes", {"query": "first program"})
        assert result.structured_content["entities"] == [person]
        graph = (await connected.read_resource("memory://knowledge-graph")).contents[0]
        assert json.loads(graph.text)["entities"][0]["name"] == "Ada"


async def test_a_database_is_filled_and_asked(client: Any, python: Callable[[str], Path], tmp_path: Path) -> None:
    """Of PyPI, on the SDK of the generation before: its insights are a resource that its tool changes."""
    entry = {"command": str(python("old") / "mcp-server-sqlite"), "args": ["--db-path", str(tmp_path / "it.db")]}
    async with client(db=entry) as connected:
        await said(connected, "db_create_table", query="CREATE TABLE t (name TEXT, n INTEGER)")
        await said(connected, "db_write_query", query="INSERT INTO t VALUES ('a', 1), ('b', 2)")
        assert "'b'" in await said(connected, "db_read_query", query="SELECT name FROM t WHERE n > 1")
        await said(connected, "db_append_insight", insight="letters grow")
        assert "letters grow" in (await connected.read_resource("memo://insights")).contents[0].text
        prompt = (await connected.list_prompts()).prompts[0]
        assert prompt.name == "db_mcp-demo"
        got = await connected.get_prompt(prompt.name, {"topic": "shops"})
        assert "shops" in got.messages[0].content.text


async def test_times_are_converted(client: Any, python: Callable[[str], Path]) -> None:
    async with client(time={"command": str(python("new") / "mcp-server-time")}) as connected:
        zones = {"source_timezone": "Asia/Tokyo", "target_timezone": "Asia/Kolkata", "time": "12:30"}
        assert "09:00:00" in await said(connected, "time_convert_time", **zones)
        wrong = await connected.call_tool("time_get_current_time", {"timezone": "Nowhere/At_All"})
        assert wrong.is_error


async def test_a_repository_is_looked_at(client: Any, python: Callable[[str], Path], tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "init", "-q", repository], check=True)
    subprocess.run(["git", "-C", repository, *identity, "commit", "-q", "--allow-empty", "-m", "Begin"], check=True)
    entry = {"command": str(python("new") / "mcp-server-git"), "args": ["--repository", str(repository)]}
    async with client(git=entry) as connected:
        assert "Begin" in await said(connected, "git_git_log", repo_path=str(repository))
        (repository / "new.txt").write_text("x")
        assert "new.txt" in await said(connected, "git_git_status", repo_path=str(repository))


async def test_a_page_is_fetched(client: Any, python: Callable[[str], Path], httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    page = "<html><body><h1>Sesame</h1><p>opens</p></body></html>"
    httpserver.expect_request("/page").respond_with_data(page, content_type="text/html")
    entry = {"command": str(python("new") / "mcp-server-fetch"), "args": ["--ignore-robots-txt"]}
    async with client(web=entry) as connected:
        tools = {tool.name: tool for tool in (await connected.list_tools()).tools}
        assert "web_fetch" in tools
        result = await connected.call_tool("web_fetch", {"url": httpserver.url_for("/page")})
        text = " ".join(block.text for block in result.content)
    # Later versions of it refuse addresses of this machine, which is an answer as well.
    assert "Sesame" in text or result.is_error


async def test_all_of_them_live_beside_each_other_and_beside_one_that_is_dead(
    client: Any, script: Callable[..., Entry], python: Callable[[str], Path], tmp_path: Path, everything: Any
) -> None:
    servers = {
        "all": everything("@modelcontextprotocol/server-everything", "stdio"),
        "web": everything("@modelcontextprotocol/server-everything", "streamableHttp"),
        "files": script("server-filesystem", tmp_path),
        "memory": script("server-memory", env={"MEMORY_FILE_PATH": str(tmp_path / "graph.jsonl")}),
        "db": {"command": str(python("old") / "mcp-server-sqlite"), "args": ["--db-path", str(tmp_path / "it.db")]},
        "time": {"command": str(python("new") / "mcp-server-time")},
        "dead": {"command": "/no/such/program"},
        "gone": {"url": "http://127.0.0.1:9/mcp"},
    }
    async with client(**servers) as connected:
        names = [tool.name for tool in (await connected.list_tools()).tools]
        assert len(names) == len(set(names))
        assert {name.partition("_")[0] for name in names} == {"all", "web", "files", "memory", "db", "time"}
        assert await said(connected, "all_echo", message="a") == await said(connected, "web_echo", message="a")
