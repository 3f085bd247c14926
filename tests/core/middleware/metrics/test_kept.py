"""Numbers outlive the process, are those of all processes, and a store that fails takes nothing with it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import click
import pytest
from click.testing import CliRunner

from toolpost import Context, Host, Refused, Tool, ToolResult, hookimpl
from toolpost.middleware.metrics import Metrics
from toolpost.middleware.metrics.commands import command
from toolpost.middleware.metrics.counters import Counters, Tally
from toolpost.middleware.metrics.kept import Days, dumped, loaded
from toolpost.store.sqlite import SQLiteStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
META = {
    "toolpost/usage": {"model": "m", "input_tokens": 3, "output_tokens": 4},
    "toolpost/ledger": {"cost_usd": 0.5},
    "toolpost/cache": "miss",
}


class Work:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work), Tool(self.rest)]

    async def work(self, fails: bool = False) -> ToolResult:
        if fails:
            raise Refused("no")
        return ToolResult.of("done", meta=META)

    async def rest(self) -> str:
        return ""


def kept(tmp_path: Path, now: float = NOON, **settings: Any) -> Metrics:
    return Metrics(SQLiteStore(tmp_path / "store.sqlite3"), now=lambda: now, **settings)


async def work(metrics: Metrics, *calls: dict[str, Any]) -> None:
    async with Host({"metrics": metrics, "work": Work()}) as host:
        for arguments in calls:
            try:
                await host.call("work", arguments)
            except Refused:
                pass


def stats(metrics: Metrics, *arguments: str) -> Any:
    done = CliRunner().invoke(command(metrics), ["--json", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


async def test_what_was_counted_is_kept_when_the_host_ends(anyio_backend: str, tmp_path: Path):
    await work(kept(tmp_path), {}, {}, {"fails": True})
    metrics = kept(tmp_path)
    assert metrics.days is not None
    found = await metrics.days.since(date(2026, 11, 20))
    (tally,) = found.tallies.values()
    assert (tally.calls, tally.errors, tally.tokens, tally.cost) == (3, {"refused": 1}, {"input": 6, "output": 8}, 1.0)
    assert sum(tally.buckets.values()) == 3


async def test_numbers_are_kept_while_the_host_runs(anyio_backend: str, tmp_path: Path):
    metrics = kept(tmp_path, flush=0.05)
    other = kept(tmp_path)
    assert other.days is not None
    async with Host({"metrics": metrics, "work": Work()}) as host:
        await host.call("work")
        with anyio.fail_after(30):
            while not (await other.days.since(None)).tallies:
                await anyio.lowlevel.checkpoint()


async def test_processes_that_write_at_once_lose_nothing(anyio_backend: str, tmp_path: Path):
    async def one() -> None:
        days = Days(SQLiteStore(tmp_path / "store.sqlite3").space("metrics"), lambda: NOON, DAY)
        for _ in range(5):
            await days.add(Counters({("work", "mcp"): Tally("p", 1, 0.1, {}, {3: 1})}))

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(one)
    found = await Days(SQLiteStore(tmp_path / "store.sqlite3").space("metrics"), lambda: NOON, DAY).since(None)
    assert found.tallies["work", "mcp"].calls == 30
    assert found.tallies["work", "mcp"].buckets == {3: 30}


async def test_numbers_of_several_processes_are_one_sum(anyio_backend: str, tmp_path: Path):
    await work(kept(tmp_path), {})
    await work(kept(tmp_path), {}, {})
    (row,) = (await anyio.to_thread.run_sync(stats, kept(tmp_path)))["tools"]
    assert (row["tool"], row["calls"], row["surfaces"], row["plugin"]) == ("work", 3, {"python": 3}, "work")
    assert row["cost_usd"] == 1.5
    assert row["cache_hit_rate"] == 0.0


@pytest.mark.parametrize(
    ("since", "calls"), [("today", 1), ("1d", 1), ("2d", 3), ("all", 6), ("2026-11-19", 3), ("2026-11-21", 0)]
)
def test_days_are_chosen(tmp_path: Path, since: str, calls: int):
    for days_ago, times in ((0, 1), (1, 2), (30, 3)):
        anyio.run(work, kept(tmp_path, NOON - days_ago * DAY), *[{}] * times)
    assert stats(kept(tmp_path), "--since", since)["total"]["calls"] == calls


def test_days_leave_when_they_are_old(tmp_path: Path):
    store = SQLiteStore(tmp_path / "store.sqlite3", clock=lambda: 0.0)
    anyio.run(work, Metrics(store, keep_days=2, now=lambda: NOON), {})
    later = SQLiteStore(tmp_path / "store.sqlite3", clock=lambda: 3 * DAY)
    assert stats(Metrics(later, now=lambda: NOON), "--since", "all")["tools"] == []


def test_a_table_is_shown_to_people(tmp_path: Path):
    anyio.run(work, kept(tmp_path), {}, {"fails": True})
    done = CliRunner().invoke(command(kept(tmp_path)))
    head, row = done.output.splitlines()
    assert head.split()[:3] == ["TOOL", "CALLS", "ERRORS"]
    assert row.split()[:3] == ["work", "2", "1"]
    assert row.endswith("refused 1")
    assert "0.5000 USD" in row
    assert (
        CliRunner().invoke(command(kept(tmp_path)), ["--since", "2026-11-21"]).output == "no calls since 2026-11-21\n"
    )


@pytest.mark.parametrize("since", ["soon", "-1d", "99999999d", "2026-13-01"])
def test_a_wrong_time_is_told(tmp_path: Path, since: str):
    done = CliRunner().invoke(command(kept(tmp_path)), [f"--since={since}"])
    assert done.exit_code == 2
    assert "write today, all, 7d or 2026-11-20" in done.output


def test_keeping_nothing_is_told(tmp_path: Path):
    done = CliRunner().invoke(command(kept(tmp_path, keep_days=0)))
    assert done.exit_code == 1
    assert "keep_days" in done.output


async def test_a_store_that_cannot_be_written_is_named_once_and_stops_no_call(
    anyio_backend: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "store.sqlite3").mkdir()
    metrics = kept(tmp_path)
    async with Host({"metrics": metrics, "work": Work()}) as host:
        for _ in range(3):
            await host.call("work")
            await metrics.keep()
    assert sum("for now" in record.getMessage() for record in caplog.records) == 1
    (tmp_path / "store.sqlite3").rmdir()
    await metrics.keep()
    assert metrics.days is not None
    assert (await metrics.days.since(None)).tallies["work", "python"].calls == 3


async def test_what_cannot_be_read_in_the_store_counts_as_nothing(anyio_backend: str, tmp_path: Path):
    metrics = kept(tmp_path)
    assert metrics.days is not None
    for value in (b"", b"{", b"[1]", b'{"a": 1}', b'[{"tool": "x"}]', b'[{"tool": "x", "surface": "y", "z": 1}]'):
        assert not loaded(value).tallies
    await metrics.days.space.set("day1:2026-11-20", b"nonsense")
    await work(metrics, {})
    assert (await metrics.days.since(None)).tallies["work", "python"].calls == 1


def test_what_is_written_is_read_again():
    tally = Tally("p", 3, 0.5, {"refused": 1}, {4: 3}, {"input": 5}, 0.25, {"hit": 2})
    assert loaded(dumped(Counters({("a", "mcp"): tally}))).tallies == {("a", "mcp"): tally}


def test_nothing_of_callers_or_arguments_is_kept(tmp_path: Path):
    async def call() -> None:
        async with Host({"metrics": kept(tmp_path, principals=5), "work": Work()}) as host:
            await host.call("work", {"fails": False}, Context(principal="canary"))

    anyio.run(call)
    with sqlite3.connect(tmp_path / "store.sqlite3") as db:
        stored = str(db.execute("SELECT * FROM entries").fetchall())
    db.close()
    assert "work" in stored
    assert "canary" not in stored


def test_the_command_is_contributed(tmp_path: Path):
    @click.group()
    def cli() -> None: ...

    host = Host({"metrics": kept(tmp_path)})
    host.registry.commands(cli)
    assert "stats" in cli.commands


def test_a_process_that_is_killed_leaves_what_it_had_kept(tmp_path: Path):
    code = (
        "import anyio, os, sys; sys.path.append(sys.argv[1]); from pathlib import Path; import test_kept as t\n"
        "async def main():\n"
        "  m = t.kept(Path(sys.argv[2]))\n"
        "  async with t.Host({'metrics': m, 'work': t.Work()}) as host:\n"
        "    await host.call('work'); await m.keep(); await host.call('work'); os.kill(os.getpid(), 9)\n"
        "anyio.run(main)"
    )
    command_ = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path)]
    assert subprocess.run(command_, check=False).returncode == -9
    assert stats(kept(tmp_path))["total"]["calls"] == 1
