"""Tasks and cancelled calls over pipes, with a server in a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Served, served

from .waiting import CONFIG, OVER, TASKS, declaring, descriptors, journal, memory, placed, threads, until

BACKENDS = ["asyncio", "trio"]


class Piped:
    """A client of 2026-07-28 that comes back."""

    def __init__(self, server: Served) -> None:
        self.server = server

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        answer = self.server.answer(self.server.request(method, {**params, "_meta": declaring()}))
        reply: dict[str, Any] = answer.get("result") or answer["error"]
        return reply

    def start(self, tool: str, **arguments: Any) -> str:
        created = self.ask("tools/call", name=tool, arguments=arguments)
        assert created["resultType"] == "task", created
        return str(created["taskId"])

    def get(self, task: str) -> dict[str, Any]:
        return self.ask("tasks/get", taskId=task)

    def ended(self, task: str) -> dict[str, Any]:
        found: dict[str, Any] = until(lambda: (seen := self.get(task))["status"] in OVER and seen)
        return found

    def inside(self) -> int:
        return int(self.ask("tools/call", name="inside", arguments={})["structuredContent"]["result"])


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return placed(tmp_path / "served")


@pytest.fixture
def piped(folder: Path, backend: str) -> Iterator[Piped]:
    with served(folder, CONFIG, "--backend", backend) as server:
        yield Piped(server)


def said(task: dict[str, Any]) -> str:
    return str(task["result"]["content"][0]["text"])


def test_a_task_goes_its_way(piped: Piped, folder: Path):
    assert TASKS in piped.ask("server/discover")["capabilities"]["extensions"]
    task = piped.start("paint", prompt="a cat")
    assert piped.get(task)["status"] == "working"
    (folder / "go").touch()
    assert said(piped.ended(task)) == "painted a cat"


def test_a_stream_tells_how_a_task_goes_on(piped: Piped):
    task = piped.start("named")
    listen = {"notifications": {"taskIds": [task]}, "_meta": declaring()}
    number = piped.server.request("subscriptions/listen", listen)
    acknowledged = piped.server.until(lambda m: m.get("method") == "notifications/subscriptions/acknowledged")
    assert acknowledged["params"]["notifications"]["taskIds"] == [task]
    piped.server.until(lambda m: told(m) == "input_required")
    piped.ask("tasks/update", taskId=task, inputResponses={"name": {"action": "accept", "content": {"name": "Ann"}}})
    done = piped.server.until(lambda m: told(m) == "completed")
    assert said(done["params"]) == "Hello, Ann!"
    assert done["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == number


def told(message: dict[str, Any]) -> str | None:
    status: str | None = message["params"]["status"] if message.get("method") == "notifications/tasks" else None
    return status


def test_a_task_outlives_its_server(folder: Path, backend: str):
    with served(folder, CONFIG, "--backend", backend) as server:
        lost = Piped(server).start("work")
        until(lambda: journal(folder))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    (folder / "go").touch()
    with served(folder, CONFIG, "--backend", backend) as server:
        piped = Piped(server)
        assert piped.get(lost)["status"] == "failed"
        kept = piped.start("paint")
        assert said(piped.ended(kept)) == "painted "
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with served(folder, CONFIG, "--backend", backend) as server:
        assert said(Piped(server).get(kept)) == "painted "


@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_a_thousand_cancelled_calls_leave_nothing_behind(folder: Path, backend: str, era: str):
    with served(folder, CONFIG, "--backend", backend) as server:
        meta = {} if era == "handshake" else declaring()
        if era == "handshake":
            server.handshake()
        process = server.process.pid
        cancel(server, 100, meta)
        before = memory(process), descriptors(process), threads(process)
        cancelled = cancel(server, 1_000, meta)
        after = memory(process), descriptors(process), threads(process)
        assert after[0] - before[0] < 8 * 1024 * 1024, (before, after)
        assert (after[1], after[2]) <= (before[1], before[2] + 1)
        assert not [message for message in server.messages if message.get("id") in cancelled]
    stopped = [line for line in journal(folder) if line.endswith("stopped")]
    assert len(stopped) == 1_100


def cancel(server: Served, count: int, meta: dict[str, Any]) -> set[str]:
    """Begin calls in fifties, of a tool that reports and one that does not, and cancel them once they run."""
    numbers: set[str] = set()
    for batch in range(0, count, 50):
        names = [f"c{count}-{batch}-{number}" for number in range(50)]
        numbers.update(names)
        for place, name in enumerate(names):
            params = {
                "name": ("waits", "reports")[place % 2],
                "arguments": {},
                "_meta": {**meta, "progressToken": name},
            }
            server.request("tools/call", params, name)
        until(lambda: inside(server, meta) == 50)
        for name in names:
            server.send(
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": name, "reason": "no"}}
            )
        until(lambda: inside(server, meta) == 0)
    return numbers


def inside(server: Served, meta: dict[str, Any]) -> int:
    params = {"name": "inside", "arguments": {}, **({"_meta": meta} if meta else {})}
    answer = server.answer(server.request("tools/call", params))
    return int(answer["result"]["structuredContent"]["result"])
