"""People and models find their jobs again, and nobody finds another's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import click
import pytest
from click.testing import CliRunner

from toolpost import Context, InvalidArguments, ToolError, ToolResult

META = "toolpost/ledger"


async def test_callers_list_their_own_jobs_the_newest_first(home: Any):
    async with home.host() as host:
        for prompt in "ab":
            await host.call("paint", {"prompt": prompt})
            home.clock.now += 60
        await host.call("paint", {}, Context(principal="ann"))
        listed = (await host.call("list_jobs")).structured["result"]
        one = (await host.call("list_jobs", {"limit": 1})).structured["result"]
    assert [job["started"] for job in listed] == ["2027-01-15 08:01:00 UTC", "2027-01-15 08:00:00 UTC"]
    assert listed[0]["tool"] == "paint"
    assert one == listed[:1]


async def test_jobs_are_resources(home: Any):
    async with home.host() as host:
        job = (await host.call("paint")).meta[META]["job"]
        _, listed = await host.read("jobs://list")
        _, one = await host.read(f"jobs://{job}")
    assert [item["job"] for item in json.loads(listed.text)] == [job]
    assert json.loads(one.text)["state"] == "finished"


@pytest.mark.parametrize("tool", ["claim_job", "forget_job"])
async def test_a_foreign_job_looks_like_none(home: Any, tool: str):
    async with home.host() as host:
        job = (await host.call("paint", {}, Context(principal="ann"))).meta[META]["job"]
        said = set()
        for name in (job, job[:-1], f"{job[:-1]}x", "00000000-" + "0" * 32, "", "%", "call:", "x" * 999):
            with pytest.raises(InvalidArguments) as error:
                await host.call(tool, {"job": name})
            said.add(str(error.value))
        with pytest.raises(InvalidArguments):
            await host.read(f"jobs://{job}")
    assert said == {"job: there is no such job of this caller; list_jobs names those there are"}


async def test_an_older_job_can_still_be_claimed(home: Any):
    async with home.host(window=10) as host:
        first = (await host.call("paint")).meta[META]["job"]
        home.clock.now += 11
        await host.call("paint")
        claimed = await host.call("claim_job", {"job": first})
    assert claimed.text == "painting 1"
    assert claimed.meta[META]["replayed"]


async def test_a_job_that_failed_says_so_when_it_is_claimed(home: Any):
    async def plan(context: Context) -> ToolResult:
        raise ToolError("the provider was silent")

    home.painter.plan = plan
    async with home.host() as host:
        with pytest.raises(ToolError) as failed:
            await host.call("paint")
        with pytest.raises(ToolError, match="no result: the provider was silent"):
            await host.call("claim_job", {"job": failed.value.meta[META]["job"]})


async def test_claiming_waits_for_what_runs(home: Any, until: Any):
    home.painter.gate = anyio.Event()
    answers: list[ToolResult] = []
    ledger = home.ledger()

    async def claim() -> None:
        answers.append(await host.call("claim_job", {"job": job}))

    async with home.host(ledger) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "paint")
        await home.painter.begun.wait()
        job = (await home.records())[0].job
        with pytest.raises(ToolError, match="is running"):
            await host.call("forget_job", {"job": job})
        tasks.start_soon(claim)
        await until(lambda: sum(len(flight.callers) for flight in ledger._flights.values()) == 2)
        home.painter.gate.set()
    assert [answer.text for answer in answers] == ["painting 1"]


async def test_a_finished_job_that_is_forgotten_is_made_anew_and_stays_claimable(home: Any):
    async with home.host() as host:
        job = (await host.call("paint")).meta[META]["job"]
        await host.call("forget_job", {"job": job})
        await host.call("forget_job", {"job": job})
        assert (await host.call("paint")).text == "painting 2"
        assert (await host.call("claim_job", {"job": job})).text == "painting 1"


async def test_clients_are_told_that_forgetting_is_not_harmless(home: Any):
    async with home.host() as host:
        assert host.tools["forget_job"].destructive
        assert host.tools["list_jobs"].read_only
        assert host.tools["claim_job"].read_only


@pytest.fixture
def jobs(home: Any) -> Any:
    """Runs `toolpost jobs …` on the house's store, in a thread with an event loop of its own."""

    @click.group()
    def cli() -> None:
        pass

    home.ledger().commands(cli)

    async def run(*words: str) -> Any:
        return await anyio.to_thread.run_sync(lambda: CliRunner().invoke(cli, ["jobs", *words]))

    return run


async def test_the_command_line_lists_shows_claims_and_forgets(home: Any, jobs: Any, tmp_path: Path):
    async with home.host() as host:
        job = (await host.call("paint", {}, Context(principal="ann"))).meta[META]["job"]
    assert job in (await jobs("list")).output
    (row,) = json.loads((await jobs("list", "--json")).output)
    assert (row["job"], row["principal"], row["state"]) == (job, "ann", "finished")
    assert json.loads((await jobs("show", job[:12], "--json")).output) == row
    assert "painting 1" in (await jobs("claim", job, "--save", str(tmp_path / "saved"))).output
    assert next((tmp_path / "saved").iterdir()).read_bytes() == bytes(range(256)) * 40
    assert "painting 1" in json.loads((await jobs("claim", job, "--json")).output)["content"][0]["text"]
    assert "is forgotten" in (await jobs("forget", job)).output
    async with home.host() as host:
        assert (await host.call("paint", {}, Context(principal="ann"))).text == "painting 2"


@pytest.mark.parametrize("command", ["show", "claim", "forget"])
async def test_the_command_line_names_a_job_that_is_not_there(jobs: Any, command: str):
    done = await jobs(command, "nothing")
    assert done.exit_code == 1
    assert "there is no job 'nothing'" in done.output
