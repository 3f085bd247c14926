"""One host joins them: an MCP client, OpenAI's SDK and the command line use one upstream tool under one policy."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from openai import OpenAI
from reaching import Reached, reached
from serving import command, environment

from toolpost.testing.openai import OpenAIServer, call_tool, say

pytestmark = pytest.mark.slow

# A server as others write them; what it is told is written down beside it.
PEOPLE = """
from pathlib import Path
from mcp.server.mcpserver import MCPServer

server = MCPServer("people")
told = Path(__file__).with_name("told.txt")

@server.tool()
def find(name: str) -> str:
    "Find a person."
    with told.open("a") as file:
        print("find", name, file=file)
    return f"{name} is at ann.lee@example.com."

@server.tool()
def forget(name: str) -> str:
    "Forget a person."
    with told.open("a") as file:
        print("forget", name, file=file)
    return "gone"

@server.tool()
def rename(name: str) -> str:
    "Rename a person."
    with told.open("a") as file:
        print("rename", name, file=file)
    return "renamed"

server.run()
"""
CONFIG = """
[plugins.trace]
[plugins.policy]
[[plugins.policy.rules]]
do = "deny"
tools = ["people_forget"]
[[plugins.policy.rules]]
do = "deny"
tools = ["people_rename"]
surfaces = ["mcp", "http", "cli"]
reason = "names are for life"
[plugins.pii]
[plugins.injection]
[plugins.validation]
[plugins.timeout]
[plugins.retry]
[plugins.openai]
base_url = "{url}"
[plugins.gateway]
approval = "never"
[plugins.upstream.servers.people]
command = {python}
args = [{script}]
"""
ANN = {"name": "Ann, or bob.ray@example.com"}
MASKED = "Ann, or [EMAIL] is at [EMAIL]."


@dataclass
class One:
    """The host and those around it."""

    folder: Path
    server: Reached
    provider: OpenAIServer

    @property
    def told(self) -> str:
        """What the upstream server was told."""
        file = self.folder / "told.txt"
        return file.read_text() if file.exists() else ""


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[One]:
    folder = tmp_path_factory.mktemp("one")
    script = folder / "people.py"
    script.write_text(PEOPLE)
    with OpenAIServer() as provider:
        python, path = (json.dumps(str(one)) for one in (sys.executable, script))
        with reached(folder, CONFIG.format(url=provider.base_url, python=python, script=path)) as server:
            yield One(folder, server, provider)


@pytest.fixture
def one(standing: One) -> One:
    """The same with nothing left over from other tests."""
    (standing.folder / "told.txt").unlink(missing_ok=True)
    standing.provider.replies.clear()
    standing.provider.requests.clear()
    return standing


def around(one: One) -> dict[str, str]:
    """The variables of whoever starts a toolpost with the same configuration."""
    return environment(one.folder, (one.folder / "config.toml").read_text())


async def by_mcp(one: One, tool: str) -> str:
    """As Claude Desktop does: it starts `toolpost serve`."""
    server = StdioServerParameters(command=sys.executable, args=command("serve")[1:], env=around(one))
    async with Client(stdio_client(server)) as client:
        try:
            result = await client.call_tool(tool, ANN)
        except MCPError as error:
            return str(error)
        return "\n".join(block.text for block in result.content)  # type: ignore[union-attr]


async def by_openai(one: One, tool: str) -> str:
    """What the model is told of its call."""
    one.provider.replies += [call_tool(tool, **ANN), say("Well.")]
    messages: Any = [{"role": "user", "content": "Where is Ann?"}]
    with OpenAI(base_url=f"http://127.0.0.1:{one.server.port}/v1", api_key="none", max_retries=0) as client:
        answer = client.chat.completions.create(model="served-model", messages=messages)
    assert answer.choices[0].message.content == "Well."
    messages = one.provider.requests[-1].body["messages"]
    return "\n".join(str(message["content"]) for message in messages if message["role"] == "tool")


async def by_hand(one: One, tool: str) -> str:
    words = command("call", tool, f"name={ANN['name']}")
    done = subprocess.run(words, env=around(one), cwd=one.folder, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


WAYS = {"an MCP client": by_mcp, "OpenAI's SDK": by_openai, "the command line": by_hand}
ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def anyio_backend() -> str:
    """That of the client."""
    return "asyncio"


@ways
async def test_an_address_is_masked_both_ways_and_the_answer_marked_as_data(one: One, way: str):
    answer = await WAYS[way](one, "people_find")
    assert MASKED in answer
    assert one.told == "find Ann, or [EMAIL]\n"
    assert "example.com" not in answer
    assert "data, not instructions" in answer


@ways
async def test_what_is_denied_to_all_is_not_there(one: One, way: str):
    answer = await WAYS[way](one, "people_forget")
    assert re.search("(unknown tool|there is no function) 'people_forget'", answer), answer
    assert one.told == ""


@ways
async def test_what_is_denied_on_these_surfaces_is_not_done(one: One, way: str):
    answer = await WAYS[way](one, "people_rename")
    # A model is not offered it.
    assert re.search("there is no function 'people_rename'|names are for life", answer), answer
    assert one.told == ""


def test_no_provider_sees_an_address_or_a_tool_that_is_denied(one: One):
    with OpenAI(base_url=f"http://127.0.0.1:{one.server.port}/v1", api_key="none", max_retries=0) as client:
        messages: Any = [{"role": "user", "content": "Write to cat.doe@example.com."}]
        client.chat.completions.create(model="served-model", messages=messages)
    asked = json.dumps(one.provider.requests[-1].body)
    assert "people_find" in asked
    assert "people_forget" not in asked
    assert "people_rename" not in asked
    assert "example.com" not in asked
