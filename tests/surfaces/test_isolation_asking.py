"""A plugin that runs apart asks the person at the client as any other does, in both eras."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import ElicitResult
from serving import HOSTILE, LEGACY, MODERN

from toolpost import Host
from toolpost.config.load import load
from toolpost.plugins.assemble import assemble
from toolpost.server.mcp import mcp_server

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["process", "thread"])
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(sys, "path", [*sys.path, str(HOSTILE)])
    path = tmp_path / "config.toml"
    path.write_text(f'[plugins.validation]\n[plugins.hostile]\nisolation = "{request.param}"\n')
    return assemble(load(path))


@pytest.mark.parametrize("era", [LEGACY, MODERN])
@pytest.mark.parametrize(
    ("tool", "arguments", "answer", "questions"),
    [
        ("asks", {}, "yes", ["Really?"]),
        ("asks_sync", {}, "yes", ["Really?"]),
        ("asks_twice", {"topic": "x"}, "True True", ["First x?", "Second x?"]),
        ("asks_in_group", {}, "[True]", ["Really?"]),
        ("asks_together", {}, "True True", ["This?", "That?"]),
        ("remembers_once", {}, "worked 1 times", ["And?"]),
    ],
)
async def test_answers_reach_the_tool(
    host: Host, era: str, tool: str, arguments: dict[str, Any], answer: str, questions: list[str]
):
    asked: list[str] = []

    async def person(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": True})

    async with host, Client(mcp_server(host), mode=era, elicitation_callback=person) as client:
        result = await client.call_tool(tool, arguments)
    assert (result.content[0].text, sorted(asked)) == (answer, sorted(questions))


@pytest.mark.parametrize("era", [LEGACY, MODERN])
async def test_a_person_may_decline_and_a_client_may_not_ask(host: Host, era: str):
    async def person(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action="decline")

    async with host:
        async with Client(mcp_server(host), mode=era, elicitation_callback=person) as client:
            assert "declined" in (await client.call_tool("asks", {})).content[0].text
        async with Client(mcp_server(host), mode=era) as client:
            assert "cannot ask" in (await client.call_tool("asks", {})).content[0].text


@pytest.mark.parametrize("era", [LEGACY, MODERN])
async def test_progress_and_completions_reach_the_client(host: Host, era: str):
    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    async with host, Client(mcp_server(host), mode=era) as client:
        await client.call_tool("counts", {"to": 3}, progress_callback=progress)
        read = await client.read_resource("hostile://says/hello")
    assert seen == [1, 2, 3]
    assert read.contents[0].text == "hello"
