"""Plugins that end, fill or block their process: set apart, they hurt nobody else, over stdio and over HTTP."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE, Served, served

sys.path.append(str(Path(__file__).parent / "http"))

from reaching import Reached, reached  # noqa: E402

CONFIG = """
[plugins.trace]
[plugins.pii]
[plugins.validation]
[plugins.timeout]
seconds = 1.5
[plugins.hostile]
[plugins.deadly]
isolation = "process"
memory = 400000000
"""
DEADLY = ("exits", "segfaults", "aborts", "allocates", "spins", "spins_plainly", "sleeps", "babbles")


@dataclass
class Site:
    """One server, whatever way it is spoken to."""

    server: Served | Reached
    pool: ThreadPoolExecutor

    def begin(self, tool: str, **arguments: Any) -> Callable[[], dict[str, Any]]:
        """Begin a call; what gives its result."""
        if isinstance(self.server, Served):
            server, number = self.server, self.server.request("tools/call", {"name": tool, "arguments": arguments})
            return lambda: server.answer(number)["result"]
        future: Future[Any] = self.pool.submit(self.server.call, tool, **arguments)
        return lambda: future.result(PATIENCE).json["result"]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.begin(tool, **arguments)()

    def eventually(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The first result that is no error."""
        until = time.monotonic() + PATIENCE
        while (result := self.call(tool, **arguments)).get("isError"):
            assert time.monotonic() < until, result
            time.sleep(0.02)
        return result


@pytest.fixture(params=["stdio", "stdio-trio", "http"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(4))
        if request.param == "http":
            yield Site(stack.enter_context(reached(tmp_path / "served", CONFIG)), pool)
        else:
            rest = ["--backend", "trio"] if request.param == "stdio-trio" else []
            yield Site(stack.enter_context(served(tmp_path / "served", CONFIG, *rest)).handshake(), pool)


def text(result: dict[str, Any]) -> str:
    return str(result["content"][0]["text"])


@pytest.mark.parametrize("tool", DEADLY)
def test_a_call_that_ends_its_process_fails_alone(site: Site, tool: str):
    deadly = site.begin(tool)
    assert [text(site.call("echo", text=str(n))) for n in range(20)] == [str(n) for n in range(20)]
    answered = deadly()
    # One that writes where it should not is heard of only after it has answered.
    assert answered.get("isError") or tool == "babbles"
    assert text(site.eventually("steady", text="again")) == "again"
    site.server.alive()


def test_one_after_the_other_leaves_the_host_standing(site: Site):
    for tool in ("exits", "segfaults", "aborts", "peeks"):
        assert site.call(tool)["isError"]
        site.eventually("steady")
    site.server.alive()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_host(site: Site, how: signal.Signals):
    pids = [int(pid) for pid in json.loads(text(site.call("pids")))]
    site.begin("spins")
    site.server.process.send_signal(how)
    site.server.process.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while any(map(runs, pids)):
        assert time.monotonic() < until
        time.sleep(0.02)


def runs(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_the_process_of_a_plugin_has_no_secret_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-canary-0123456789")
    with served(tmp_path / "served", CONFIG) as server:
        seen = server.handshake().call("sees")["result"]["structuredContent"]
    assert not {"SOME_API_KEY", "TOOLPOST_CONFIG", "TOOLPOST_HOME", "HOME"} & seen.keys()


def test_what_it_prints_stays_off_the_wire(tmp_path: Path):
    config = CONFIG.replace("[plugins.hostile]\n", '[plugins.hostile]\nisolation = "process"\n')
    config = config.replace("[plugins.deadly]\n", '[plugins.deadly]\nat_start = "print"\n')
    with served(tmp_path / "served", config) as server:
        server.handshake()
        assert text(server.call("loud")["result"]) == "quiet"
        server.alive()
        server.close_input()
        assert server.ended() == 0
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in server.lines)
        assert "printed while it is built" in server.stderr()


WATCHED = """
[plugins.trace]
[plugins.timeout]
seconds = 1.0
[plugins.watcher]
seconds = 0.2
[plugins.hostile]
[plugins.deadly]
"""


@pytest.mark.parametrize("tool", ["spins", "sleeps"])
@pytest.mark.parametrize("way", ["stdio", "http"])
def test_within_the_host_a_call_that_blocks_it_ends_at_its_time(tmp_path: Path, way: str, tool: str):
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(4))
        if way == "http":
            site = Site(stack.enter_context(reached(tmp_path / "served", WATCHED)), pool)
        else:
            site = Site(stack.enter_context(served(tmp_path / "served", WATCHED)).handshake(), pool)
        assert site.call(tool)["isError"]
        site.server.alive()
        assert f"{tool} of plugin 'deadly' has blocked the event loop" in site.server.stderr()
