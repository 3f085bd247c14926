"""Servers made with the official SDK for Python, of both eras, called in both."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from toolpost.testing import connect
from toolpost_upstream import Upstream

from .conftest import Entry, Open, listening

PATIENCE = 60.0
# As the SDK's own documentation has it: a typed function is the schema, and a context reports and asks.
SCRIPT = '''
import os, sys
from pydantic import BaseModel
from mcp.server.mcpserver import Context, Image, MCPServer

server = MCPServer("shop", instructions="Ask for books.")

class Book(BaseModel):
    title: str
    pages: int

class Sure(BaseModel):
    sure: bool

@server.tool()
def find(title: str, limit: int = 3) -> list[Book]:
    """Find books."""
    return [Book(title=title, pages=100 + number) for number in range(limit)]

@server.tool()
async def count(steps: int, ctx: Context) -> str:
    """Count, and report."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return "counted"

@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("no such book")

@server.tool()
def cover() -> Image:
    """A cover."""
    return Image(data=b"\\x89PNG cover", format="png")

@server.resource("shop://stock")
def stock() -> str:
    """What is there."""
    return "seven"

@server.resource("shop://book/{title}")
def book(title: str) -> str:
    """One book."""
    return f"about {title}"

@server.prompt()
def review(title: str) -> str:
    """Ask for a review."""
    return f"Review {title}."

if len(sys.argv) > 1:
    server.run(sys.argv[1], port=int(os.environ["PORT"]))
else:
    server.run()
'''
WAYS = [
    ("stdio", "handshake"),
    ("stdio", "stateless"),
    ("streamable-http", "handshake"),
    ("streamable-http", "stateless"),
    ("sse", "auto"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = tmp_path_factory.mktemp("shop") / "shop.py"
    script.write_text(SCRIPT)
    return script


@pytest.fixture(scope="module")
def ports(shop: Path) -> Iterator[dict[str, int]]:
    run = [sys.executable, shop]
    with listening([*run, "streamable-http"]) as streamed, listening([*run, "sse"]) as old:
        yield {"streamable-http": streamed, "sse": old}


@pytest.fixture(params=WAYS, ids="-".join)
def entry(request: pytest.FixtureRequest, shop: Path, ports: dict[str, int]) -> Entry:
    transport, era = request.param
    if transport == "stdio":
        return {"command": sys.executable, "args": [str(shop)], "era": era}
    path = "sse" if transport == "sse" else "mcp"
    return {"url": f"http://127.0.0.1:{ports[transport]}/{path}", "era": era}


@pytest.fixture
def client(entry: Entry, offered: Open, era: Any) -> Any:
    @asynccontextmanager
    async def connected(**peer: Any) -> AsyncIterator[Client]:
        with anyio.fail_after(PATIENCE):
            async with offered(shop=entry) as host, connect(host, era, **peer) as client:
                yield client

    return connected


async def test_structured_content_and_its_schema_come_through(client: Any) -> None:
    async with client() as connected:
        tools = {tool.name: tool for tool in (await connected.list_tools()).tools}
        assert tools["shop_find"].input_schema["properties"]["limit"]["default"] == 3
        assert "Book" in tools["shop_find"].output_schema["$defs"]
        result = await connected.call_tool("shop_find", {"title": "Emma", "limit": 2})
        assert result.structured_content == {
            "result": [{"title": "Emma", "pages": 100}, {"title": "Emma", "pages": 101}]
        }


async def test_progress_comes_through(client: Any) -> None:
    seen: list[Any] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total, message))

    async with client() as connected:
        await connected.call_tool("shop_count", {"steps": 3}, progress_callback=progress)
    assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


async def test_an_error_is_an_error(client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool("shop_fail", {})
    assert result.is_error
    assert "Error executing tool fail" in result.content[0].text


async def test_a_picture_is_a_picture(client: Any) -> None:
    async with client() as connected:
        result = await connected.call_tool("shop_cover", {})
    assert [block.mime_type for block in result.content if block.type == "image"] == ["image/png"]


async def test_resources_templates_and_prompts_come_through(client: Any) -> None:
    async with client() as connected:
        assert (await connected.read_resource("shop://stock")).contents[0].text == "seven"
        assert (await connected.read_resource("shop://book/Emma")).contents[0].text == "about Emma"
        got = await connected.get_prompt("shop_review", {"title": "Emma"})
        assert got.messages[0].content.text == "Review Emma."


async def test_the_era_is_the_one_that_is_wanted(entry: Entry, offered: Open) -> None:
    with anyio.fail_after(PATIENCE):
        async with offered(shop=entry) as host:
            upstream = next(one for one in host.registry.plugins.values() if isinstance(one, Upstream))
            status = upstream.status()[0]
    assert status.condition == "up"
    assert status.era == entry["era"] or entry["era"] == "auto"
    assert status.about.startswith("shop")
