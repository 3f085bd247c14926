"""What clients of both eras see of jobs."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from mcp import Client

from toolpost import ToolError
from toolpost.server.mcp import mcp_server

META = "toolpost/ledger"
ERAS = ["legacy", "2026-07-28"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_was_cancelled_is_finished_and_found_again(home: Any, era: str):
    home.painter.gate = anyio.Event()
    async with home.host(on_cancel="finish") as host, Client(mcp_server(host), mode=era) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "paint", {})
            await home.painter.begun.wait()
            tasks.cancel_scope.cancel()
        home.painter.gate.set()
        again = await client.call_tool("paint", {})
        claimed = await client.call_tool("claim_job", {"job": again.meta[META]["job"]})
    assert (again.content[0].text, home.painter.calls) == ("painting 1", 1)
    assert claimed.content == again.content


@pytest.mark.parametrize("era", ERAS)
async def test_a_model_reads_how_to_force_a_call_and_can(home: Any, era: str):
    async def plan(context: Any) -> Any:
        raise ToolError("the provider was silent")

    home.painter.plan = plan
    async with home.host() as host, Client(mcp_server(host), mode=era) as client:
        await client.call_tool("paint", {})
        home.painter.plan = None
        blocked = await client.call_tool("paint", {})
        assert blocked.is_error
        assert "forget_job" in blocked.content[0].text
        await client.call_tool("forget_job", {"job": blocked.meta[META]["job"]})
        assert (await client.call_tool("paint", {})).content[0].text == "painting 2"


@pytest.mark.parametrize("era", ERAS)
async def test_jobs_can_be_read(home: Any, era: str):
    async with home.host() as host, Client(mcp_server(host), mode=era) as client:
        job = (await client.call_tool("paint", {})).meta[META]["job"]
        listed = json.loads((await client.read_resource("jobs://list")).contents[0].text)
        one = json.loads((await client.read_resource(f"jobs://{job}")).contents[0].text)
    assert listed == [one]
    assert (one["job"], one["state"]) == (job, "finished")
