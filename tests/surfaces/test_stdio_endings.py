"""How a server ends: in time, with status 0, with what was under way answered, and with nothing left behind."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from serving import CONFIG, Served, served

CLOSED = -32000
# Far more than the seconds that are promised, for machines that are busy.
SLACK = 10.0


def grace(seconds: float) -> str:
    return f"[server]\ngrace = {seconds}\n{CONFIG}"


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_the_end_of_the_input_is_the_end(fresh: Served):
    fresh.close_input()
    assert fresh.ended(2 + SLACK) == 0
    assert "Traceback" not in fresh.stderr()


def test_what_is_under_way_at_the_end_of_the_input_is_answered(fresh: Served):
    number = fresh.request("tools/call", {"name": "echo", "arguments": {"text": "late"}})
    fresh.close_input()
    assert fresh.answer(number)["result"]["content"][0]["text"] == "late"
    assert fresh.ended() == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_does_not_end_after_the_input_is_closed_is_cancelled(tmp_path: Path, backend: str):
    with served(tmp_path / "served", grace(0.2), "--backend", backend) as server:
        number = server.handshake().start("waits")
        server.close_input()
        assert server.ended(2 + SLACK) == 0
    last = json.loads(server.lines[-1])
    assert (last["id"], last["error"]["code"]) == (number, CLOSED)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_plugin_that_blocks_the_loop_does_not_outlive_the_client(tmp_path: Path, backend: str):
    with served(tmp_path / "served", CONFIG, "--backend", backend) as server:
        server.handshake().start("blocks_loop", seconds=60)
        server.close_input()
        assert server.ended(5 + SLACK) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_is_under_way_be_answered(fresh: Served, number: signal.Signals):
    call = fresh.start("waits_stubbornly", seconds=0.2)
    fresh.signal(number)
    assert fresh.answer(call)["result"]["content"][0]["text"] == "done"
    assert fresh.ended() == 0
    assert "Traceback" not in fresh.stderr()


def test_a_signal_ends_what_does_not_end_by_itself(tmp_path: Path):
    with served(tmp_path / "served", grace(0.2)) as server:
        server.handshake().start("waits")
        server.signal(signal.SIGTERM)
        assert server.ended(SLACK) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(fresh: Served, number: signal.Signals):
    fresh.start("waits")
    fresh.signal(number)
    while fresh.process.poll() is None and not _seen(fresh, number):
        pass
    fresh.signal(number)
    assert fresh.ended(SLACK) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("tool", ["busy_thread", "blocks_loop", "waits_stubbornly"])
def test_a_call_that_nothing_stops_does_not_keep_the_process_at_a_signal(tmp_path: Path, backend: str, tool: str):
    with served(tmp_path / "served", grace(0.2), "--backend", backend) as server:
        server.handshake().start(tool, **({} if tool == "busy_thread" else {"seconds": 600}))
        server.signal(signal.SIGTERM)
        assert server.ended(5 + SLACK) == 0


@pytest.mark.parametrize("tool", ["busy_thread", "waits_stubbornly"])
def test_a_call_that_nothing_stops_does_not_keep_the_process_at_the_end(tmp_path: Path, tool: str):
    with served(tmp_path / "served", grace(0.2)) as server:
        server.handshake().start(tool, **({} if tool == "busy_thread" else {"seconds": 600}))
        server.close_input()
        assert server.ended(5 + SLACK) == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_client_that_stopped_reading_does_not_keep_the_process(tmp_path: Path, backend: str):
    with served(tmp_path / "served", grace(0.2), "--backend", backend) as server:
        server.handshake().request("tools/call", {"name": "large", "arguments": {"size": 2_000_000}})
        server.close_input()
        # Its end of our output stays open, and nobody reads from it.
        assert server.process.wait(5 + SLACK) == 0


def test_a_client_that_has_gone_is_no_error(fresh: Served):
    assert fresh.process.stdout is not None
    fresh.process.stdout.close()
    fresh.request("tools/call", {"name": "echo", "arguments": {}})
    assert fresh.process.wait(5 + SLACK) == 0
    assert "Traceback" not in fresh.stderr()
    assert "ERROR" not in fresh.stderr()


def test_garbage_from_a_client_that_has_gone_is_no_error(fresh: Served):
    assert fresh.process.stdout is not None
    fresh.process.stdout.close()
    fresh.send(b"garbage\n")
    assert fresh.process.wait(5 + SLACK) == 0
    assert "Traceback" not in fresh.stderr()


@pytest.mark.skipif(sys.platform != "linux", reason="finds children in /proc")
@pytest.mark.parametrize("end", ["input", "signal", "second signal"])
def test_no_child_survives(fresh: Served, end: str):
    answer = fresh.call("spawns")
    children = list(map(int, answer["result"]["content"][0]["text"].split()))
    assert all(map(is_running, children))
    if end == "input":
        fresh.close_input()
    else:
        fresh.start("waits") if end == "second signal" else None
        fresh.signal(signal.SIGTERM)
        if end == "second signal":
            while fresh.process.poll() is None and not _seen(fresh, signal.SIGTERM):
                pass
            fresh.signal(signal.SIGTERM)
    fresh.ended()
    # The kernel takes a moment to bury a process that was killed.
    left = [child for child in children if _outlives(child)]
    assert left == []


def test_a_cancelled_call_is_never_answered_and_its_tool_hears_of_it(standing: Served):
    number = standing.start("waits", name="cancelled one")
    standing.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    seen: Any = []
    while not any("cancelled one" in text for text in seen):
        seen = standing.call("cancelled_so_far")["result"]["structuredContent"]["result"]
    assert not [message for message in standing.messages if message.get("id") == number]


def test_a_cancelled_call_is_not_waited_for_at_the_end(fresh: Served):
    number = fresh.start("waits")
    fresh.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    fresh.close_input()
    assert fresh.ended(SLACK) == 0
    assert not [line for line in fresh.lines if str(number).encode() in line and b"result" in line]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_thousand_cancelled_calls_leave_nothing_behind(standing: Served):
    standing.alive()
    before = _descriptors(standing)
    for n in range(1000):
        params = {"name": "waits", "arguments": {"name": "one of many"}}
        standing.send(
            {"jsonrpc": "2.0", "id": f"many {n}", "method": "tools/call", "params": params},
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": f"many {n}"}},
        )
    standing.alive()
    assert _descriptors(standing) <= before
    assert not [message for message in standing.messages if str(message.get("id")).startswith("many ")]


def _descriptors(server: Served) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def _seen(server: Served, number: signal.Signals) -> bool:
    """Whether a signal has been taken by its handler: it is pending no more."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    pending = next(line for line in status.splitlines() if line.startswith("ShdPnd"))
    return not int(pending.split()[1], 16) & (1 << (number - 1))


def _outlives(pid: int) -> bool:
    return all(is_running(pid) for _ in range(20_000))
