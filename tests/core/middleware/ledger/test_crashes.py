"""Killed at any write, nothing is paid for twice and nothing that was answered is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from toolpost import ToolError

HERE = Path(__file__).parent
# The writes of a call with a picture and a budget, and one more: life, reservation, record, picture, end, settlement,
# farewell.
WRITES = 8


def module(name: str) -> Any:
    """A script beside this file, without running it."""
    spec = spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def started(script: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / f"{script}.py"), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def paid(folder: Path) -> int:
    journal = folder / "journal"
    return len(journal.read_text().splitlines()) if journal.exists() else 0


@pytest.mark.slow
async def test_killed_at_every_write(tmp_path: Path):
    points = [(str(write), when) for write in range(1, WRITES + 1) for when in ("before", "after")]
    folders = {point: tmp_path / "-".join(point) for point in points}
    seen: dict[tuple[str, str], list[str]] = {}
    for folder in folders.values():
        folder.mkdir()
    for pair in zip(points[::2], points[1::2], strict=True):
        processes = {point: started("killed", str(folders[point]), *point) for point in pair}
        for point, process in processes.items():
            seen[point] = process.communicate()[0].split()
    assert seen[("1", "before")] == []
    assert seen[(str(WRITES - 1), "after")] == ["answered"], "there are fewer writes than this test knows"
    assert seen[(str(WRITES), "before")] == ["answered", "whole"], "there are more writes than this test knows"
    for point, folder in folders.items():
        await once_more(folder, paid(folder), seen[point])


async def once_more(folder: Path, before: int, said: list[str]) -> None:
    """Call again after a kill: once what was answered must be answered, and never is a second call paid for."""
    answer = ""
    async with module("killed").host(folder) as host:
        try:
            answer = (await host.call("paint")).text
        except ToolError as error:
            answer = str(error)
    assert before <= 1
    assert paid(folder) <= 1, folder.name
    if "answered" in said:
        assert answer == "painted", folder.name
    if not paid(folder):
        assert "not known whether it was carried out" in answer, folder.name
    elif before and "answered" not in said:
        assert answer == "painted" or "not known whether" in answer, folder.name
    store = module("killed").SQLiteStore(folder / "store")
    spent = [int(value) for key, value in await store.scan("ledger", "spent:")]
    assert all(0 <= amount <= 150_000 for amount in spent)


@pytest.fixture
def begun() -> threading.Event:
    return threading.Event()


@pytest.fixture
def provider(httpserver: HTTPServer, begun: threading.Event) -> HTTPServer:
    """Answers once both processes have made their calls."""

    def answer(request: Request) -> Response:
        assert begun.wait(20)
        return Response("painted")

    httpserver.expect_request("/paint").respond_with_handler(answer)
    return httpserver


async def test_two_processes_share_one_call(tmp_path: Path, provider: HTTPServer, begun: threading.Event):
    processes = [started("sharing", str(tmp_path), provider.url_for("/paint")) for _ in range(2)]

    def run() -> list[list[str]]:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "calling\n"
        begun.set()
        return [process.communicate(timeout=30)[0].splitlines() for process in processes]

    said = await anyio.to_thread.run_sync(run)
    assert said == [["painted"] * 10] * 2
    assert len(provider.log) == 1


async def test_a_process_that_was_killed_while_the_provider_worked(
    tmp_path: Path, provider: HTTPServer, begun: threading.Event
):
    process = started("sharing", str(tmp_path), provider.url_for("/paint"))
    async with module("sharing").host(tmp_path, provider.url_for("/paint")) as host:
        with anyio.fail_after(30):
            while not [job for job in (await host.call("list_jobs")).structured["result"] if job["state"] == "running"]:
                await anyio.lowlevel.checkpoint()
        process.kill()
        process.communicate()
        with pytest.raises(ToolError, match="the process that made it ended before it had an answer"):
            await host.call("paint")
        (job,) = (await host.call("list_jobs")).structured["result"]
        assert job["state"] == "ambiguous"
        begun.set()
        await host.call("forget_job", {"job": job["job"]})
        assert (await host.call("paint")).text == "painted"
