"""Tasks over HTTP: whose they are, how they are addressed, and what remains of them when the server is killed."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from reaching import ACCEPT, PATIENCE, Reached, Reply, reached
from serving import command, environment

from ..waiting import CONFIG, MODERN, OVER, declaring, descriptors, journal, memory, placed, threads, until

INVALID_PARAMS, MISMATCH, MISSING = -32602, -32020, -32021
TOKENS = "".join(
    f'[http.tokens.{name}]\nsha256 = "{hashlib.sha256(name.encode()).hexdigest()}"\nprincipal = "{name}"\n'
    for name in ("ann", "eve")
)


def rpc(server: Reached, method: str, headers: Any = None, **params: Any) -> Reply:
    named = {"mcp-name": params["taskId"]} if "taskId" in params else {}
    return server.rpc(method, {**params, "_meta": declaring()}, {**named, **(headers or {})})


def start(server: Reached, tool: str, **arguments: Any) -> str:
    created = rpc(server, "tools/call", name=tool, arguments=arguments).json["result"]
    assert created["resultType"] == "task", created
    return str(created["taskId"])


def get(server: Reached, task: str) -> dict[str, Any]:
    reply: dict[str, Any] = rpc(server, "tasks/get", taskId=task).json["result"]
    return reply


def ended(server: Reached, task: str) -> dict[str, Any]:
    found: dict[str, Any] = until(lambda: (seen := get(server, task))["status"] in OVER and seen)
    return found


def said(task: dict[str, Any]) -> str:
    return str(task["result"]["content"][0]["text"])


def jobs(folder: Path, *arguments: str, config: str = CONFIG) -> Any:
    done = subprocess.run(
        command("jobs", *arguments, "--json"),
        env=environment(folder, config),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return placed(tmp_path / "served")


def test_a_task_that_was_finished_survives_a_kill(folder: Path):
    (folder / "go").touch()
    with reached(folder, CONFIG) as server:
        task = start(server, "paint", prompt="a cat")
        assert said(ended(server, task)) == "painted a cat"
        server.signal(signal.SIGKILL)
        server.process.wait()
    with reached(folder, CONFIG) as server:
        assert said(get(server, task)) == "painted a cat"
        assert [job["job"] for job in jobs(folder, "list")] == [task]
        assert jobs(folder, "claim", task)["content"][0]["text"] == "painted a cat"
    assert journal(folder) == ["paint begun"]


@pytest.mark.parametrize(
    ("tool", "words"), [("paint", "not known whether it was carried out"), ("work", "has no result")]
)
def test_a_task_that_was_under_way_at_a_kill_has_failed(folder: Path, tool: str, words: str):
    with reached(folder, CONFIG) as server:
        task = start(server, tool)
        until(lambda: journal(folder))
        server.signal(signal.SIGKILL)
        server.process.wait()
    with reached(folder, CONFIG) as server:
        lost = get(server, task)
        assert lost["status"] == "failed"
        assert words in lost["error"]["message"]
        assert task in lost["error"]["message"]
        assert [(job["job"], job["state"]) for job in jobs(folder, "list")] == [(task, "ambiguous")]
        if tool == "paint":
            again = ended(server, task) and rpc(server, "tools/call", name=tool, arguments={}).json["result"]
            assert again["isError"]
            assert task in again["content"][0]["text"]
    assert journal(folder) == [f"{tool} begun"]


def test_a_task_under_way_does_not_keep_the_server(folder: Path):
    with reached(folder, "[server]\ngrace = 0.5\n" + CONFIG) as server:
        task = start(server, "paint")
        until(lambda: journal(folder))
        server.signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
    assert journal(folder) == ["paint begun", "paint stopped"]
    with reached(folder, CONFIG) as server:
        assert "toolpost ended while it ran" in get(server, task)["error"]["message"]


def test_two_servers_of_one_store_have_the_same_tasks(folder: Path):
    with reached(folder, CONFIG) as one, reached(folder, CONFIG) as other:
        task, asking = start(one, "paint"), start(one, "named")
        assert get(other, task)["status"] == "working"
        until(lambda: get(other, asking)["status"] == "input_required")
        rpc(
            other,
            "tasks/update",
            taskId=asking,
            inputResponses={"name": {"action": "accept", "content": {"name": "A"}}},
        )
        assert said(ended(other, asking)) == "Hello, A!"
        rpc(other, "tasks/cancel", taskId=task)
        assert ended(other, task)["status"] == "cancelled"
    assert journal(folder) == ["paint begun", "paint stopped"]


def test_a_task_is_its_callers_own(folder: Path):
    with reached(folder, TOKENS + CONFIG, token="ann") as server:
        task = start(server, "work")
        server.token = "eve"
        for method in ("tasks/get", "tasks/update", "tasks/cancel"):
            theirs = rpc(server, method, taskId=task, inputResponses={}).json["error"]
            unknown = rpc(server, method, taskId="0" * 8 + "-" + "0" * 32, inputResponses={}).json["error"]
            assert theirs == unknown
            assert theirs["code"] == INVALID_PARAMS
        stream = Stream(server, task)
        assert "taskIds" not in stream.next()["params"]["notifications"]
        stream.close()
        server.token = "ann"
        assert get(server, task)["status"] == "working"


@pytest.mark.parametrize("name", ["another", ...])
def test_the_header_must_name_the_task(folder: Path, name: Any):
    with reached(folder, CONFIG) as server:
        task = start(server, "work")
        reply = rpc(server, "tasks/get", {"mcp-name": name}, taskId=task)
    assert (reply.status, reply.json["error"]["code"]) == (400, MISMATCH)


def test_a_session_of_the_older_era_knows_no_tasks(folder: Path):
    (folder / "go").touch()
    with reached(folder, CONFIG) as server:
        session = server.open({"extensions": {"io.modelcontextprotocol/tasks": {}}})
        assert session.call("paint").json["result"]["content"][0]["text"] == "painted "
        assert session.rpc("tasks/get", {"taskId": "x"}).json["error"]["code"] == -32601


class Stream:
    """`subscriptions/listen` for one task, read message by message."""

    def __init__(self, server: Reached, task: str, **capabilities: Any) -> None:
        self.connection = server.connect()
        params = {"notifications": {"taskIds": [task]}, "_meta": declaring()}
        body = json.dumps({"jsonrpc": "2.0", "id": "ear", "method": "subscriptions/listen", "params": params}).encode()
        head = {
            "host": f"localhost:{server.port}",
            "accept": ACCEPT,
            "content-type": "application/json",
            "content-length": str(len(body)),
            "mcp-protocol-version": MODERN,
            "mcp-method": "subscriptions/listen",
        } | ({"authorization": f"Bearer {server.token}"} if server.token else {})
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.connection.sendall(f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + body)
        self.file = self.connection.makefile("rb")

    def next(self) -> dict[str, Any]:
        for line in self.file:
            if line.startswith(b"data: "):
                message: dict[str, Any] = json.loads(line[6:])
                return message
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.file.close()
        self.connection.close()


def test_a_stream_tells_how_a_task_goes_on(folder: Path):
    with reached(folder, CONFIG) as server:
        task = start(server, "named")
        stream = Stream(server, task)
        assert stream.next()["params"]["notifications"]["taskIds"] == [task]
        told = stream.next()
        while told["params"]["status"] != "input_required":
            told = stream.next()
        assert told["method"] == "notifications/tasks"
        assert told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "ear"
        assert "resultType" not in told["params"]
        answer = {"action": "accept", "content": {"name": "Ann"}}
        rpc(server, "tasks/update", taskId=task, inputResponses={"name": answer})
        while told["params"]["status"] != "completed":
            told = stream.next()
        assert said(told["params"]) == "Hello, Ann!"
        stream.close()


def test_a_stream_of_tasks_is_for_clients_that_come_back(folder: Path):
    with reached(folder, CONFIG) as server:
        reply = server.rpc("subscriptions/listen", {"notifications": {"taskIds": ["x"]}})
    assert (reply.status, reply.json["error"]["code"]) == (400, MISSING)


def test_a_thousand_closed_connections_leave_nothing_behind(folder: Path):
    with reached(folder, CONFIG) as server:
        process = server.process.pid
        leave(server, 100)
        before = (memory(process), descriptors(process), threads(process))
        leave(server, 1_000)
        assert inside(server) == 0
        after = (memory(process), descriptors(process), threads(process))
        assert after[0] - before[0] < 8 * 1024 * 1024, (before, after)
        until(lambda: descriptors(process) <= before[1])
        assert after[2] <= before[2] + 1
    stopped = [line for line in journal(folder) if line.endswith("stopped")]
    assert len(stopped) == len([line for line in journal(folder) if line.endswith("begun")]) == 1_100


def test_a_thousand_cancelled_calls_of_a_session_leave_nothing_behind(folder: Path):
    with reached(folder, CONFIG) as server:
        session, process = server.open(), server.process.pid
        cancel(server, session, 100)
        before = (memory(process), descriptors(process), threads(process))
        cancel(server, session, 1_000)
        assert inside(server) == 0
        after = (memory(process), descriptors(process), threads(process))
        assert after[0] - before[0] < 8 * 1024 * 1024, (before, after)
        until(lambda: descriptors(process) <= before[1])
        assert after[2] <= before[2] + 1


def inside(server: Reached) -> int:
    """How many calls are under way, when that does not change any more."""
    until(lambda: server.call("inside").json["result"]["structuredContent"]["result"] == 0)
    return 0


def leave(server: Reached, count: int) -> None:
    """Begin calls in fifties and hang up on them, once they run."""
    for start_at in range(0, count, 50):
        connections = [calling(server, number % 2) for number in range(50)]
        until(lambda: server.call("inside").json["result"]["structuredContent"]["result"] == 50)
        for connection in connections:
            connection.close()
        inside(server)
        assert start_at < count


def calling(server: Reached, number: int) -> socket.socket:
    """A call whose answer nobody waits for: of the plain way, and of the one that reports."""
    tool = ("waits", "reports")[number]
    params = {"name": tool, "arguments": {}, "_meta": {**declaring(), "progressToken": 1}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    connection = server.connect()
    connection.sendall(
        f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nmcp-protocol-version: {MODERN}\r\n"
        f"mcp-method: tools/call\r\nmcp-name: {tool}\r\n\r\n".encode()
        + body
    )
    return connection


def cancel(server: Reached, session: Any, count: int) -> None:
    for _ in range(0, count, 50):
        connections = [session_call(server, session, number) for number in range(50)]
        until(lambda: server.call("inside").json["result"]["structuredContent"]["result"] == 50)
        for number in range(50):
            session.rpc("notifications/cancelled", {"requestId": f"c{number}"}, id=...)
        inside(server)
        for connection in connections:
            connection.close()


def session_call(server: Reached, session: Any, number: int) -> socket.socket:
    tool = ("waits", "reports")[number % 2]
    message = {"jsonrpc": "2.0", "id": f"c{number}", "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    body = json.dumps(message).encode()
    connection = server.connect()
    connection.sendall(
        f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nmcp-protocol-version: 2025-11-25\r\n"
        f"mcp-session-id: {session.id}\r\nconnection: close\r\n\r\n".encode()
        + body
    )
    return connection
