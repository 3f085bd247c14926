"""Sessions of the handshake era, and requests of the stateless one, at the same address."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from operating import TOKENS, table
from reaching import ACCEPT, CONFIG, HANDSHAKE, Reached, Session, reached


def test_a_name_of_a_session_cannot_be_guessed(server: Reached):
    names = {server.open().id for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"[\x21-\x7e]{32,}", name) for name in names)


@pytest.mark.parametrize("name", ["made-up", "../../etc", "0" * 32, "a" * 5000, "é"])
def test_a_name_that_a_client_made_up_is_none(server: Reached, name: str):
    headers = {"accept": ACCEPT, "mcp-session-id": name, "mcp-protocol-version": HANDSHAKE}
    for body in (
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "x"}}},
    ):
        assert server.request("POST", "/mcp", body, headers).status in (400, 404)


def test_a_session_that_was_closed_is_gone(server: Reached):
    session = server.open()
    headers = {"mcp-session-id": session.id, "mcp-protocol-version": HANDSHAKE}
    assert session.call("echo", text="x").status == 200
    assert server.request("DELETE", "/mcp", headers=headers).status == 200
    assert session.call("echo", text="x").status == 404
    assert session.rpc("tools/list").status == 404


def test_plain_calls_are_answered_with_json(server: Reached):
    session = server.open()
    for reply in (session.call("echo", text="x"), server.call("echo", text="x")):
        assert reply.headers["content-type"] == "application/json"
        assert reply.json["result"]["content"] == [{"type": "text", "text": "x"}]


def test_a_call_that_reports_is_answered_with_a_stream(server: Reached):
    call = {"name": "counts", "arguments": {"to": 3}, "_meta": {"progressToken": "p"}}
    for reply in (server.open().rpc("tools/call", call), server.rpc("tools/call", call)):
        assert reply.headers["content-type"].startswith("text/event-stream")
        told = [event["params"]["progress"] for event in reply.events if event.get("method")]
        assert told == sorted(told)
        assert len(told) == 3
        assert reply.events[-1]["result"]["structuredContent"] == {"result": 3}


def test_an_unknown_tool_is_an_error_of_the_protocol(server: Reached):
    for reply, status in ((server.call("nope"), 400), (server.open().call("nope"), 200)):
        assert reply.status == status
        assert reply.json["error"]["code"] == -32602
        assert isinstance(reply.json["id"], int)


@pytest.mark.parametrize("tool", ["echo", "waits", "asks"])
def test_a_denied_tool_looks_like_an_unknown_one(tmp_path: Path, tool: str):
    config = CONFIG + "[plugins.policy]\nrules = [{ tools = ['echo', 'waits', 'asks'], do = 'deny' }]\n"
    with reached(tmp_path, config) as server:
        session = server.open()
        for client in (server, session):
            found = [client.call(name, text="x") for name in (tool, "nope")]
            said = [
                (one.status, one.headers["content-type"], one.json["error"]["code"], one.json.keys()) for one in found
            ]
            assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "CancelledError", "GeneratorExit", "Rude"])
def test_a_tool_that_raises_anything_fails_its_own_call(server: Reached, kind: str):
    for reply in (server.call("raises", kind=kind), server.open().call("raises", kind=kind)):
        assert reply.json["result"]["isError"] is True
    server.alive()


def test_a_client_that_leaves_ends_its_call(server: Reached):
    with server.connect() as connection:
        body = server_call("waits", {"name": "left"})
        connection.sendall(http(server, body))
        progress = connection.recv(65536)
        assert b"200 OK" in progress
    for _ in range(200):
        if "left:" in server.call("cancelled_so_far").body.decode():
            return
    raise AssertionError("the call goes on")


def test_a_notification_cancels_a_plain_call(server: Reached):
    session = server.open()
    answers: list[object] = []

    def wait() -> None:
        params = {"name": "waits_plainly", "arguments": {"name": "plain"}}
        answers.append(session.rpc("tools/call", params, id="plain-1").json)

    thread = threading.Thread(target=wait)
    thread.start()
    while "plain" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
        pass
    session.rpc("notifications/cancelled", {"requestId": "plain-1"}, id=...)
    thread.join(60)
    assert answers[0]["error"]["code"] == -32800


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    config = "[http]\nsessions = 4\n" + table("ann", "call") + table("boss", "call") + CONFIG
    with reached(tmp_path_factory.mktemp("small"), config) as server:
        yield server


def of(server: Reached, name: str) -> Reached:
    return replace(server, token=TOKENS[name])


def test_the_longest_idle_session_gives_way_to_a_new_one(tmp_path: Path):
    with reached(tmp_path, "[http]\nsessions = 3\n" + CONFIG) as server:
        opened = [server.open() for _ in range(3)]
        assert opened[0].call("echo", text="x").status == 200
        last = server.open()
        assert [one.call("echo", text="x").status for one in (*opened, last)] == [200, 404, 200, 200]


def test_who_has_many_sessions_makes_room_for_others(small: Reached):
    others = [of(small, "boss").open() for _ in range(2)]
    mine = [of(small, "ann").open() for _ in range(10)]
    assert [one.call("echo", text="x").status for one in others] == [200, 200]
    assert sum(one.call("echo", text="x").status == 200 for one in mine) == 2


@pytest.mark.parametrize("tool", ["waits", "waits_plainly"])
def test_a_session_in_use_is_not_ended_and_a_client_hears_when_to_come_again(tmp_path: Path, tool: str):
    with reached(tmp_path, "[http]\nsessions = 1\n" + CONFIG) as server, ThreadPoolExecutor(1) as pool:
        session = server.open()
        answer = pool.submit(session.rpc, "tools/call", {"name": tool, "arguments": {"name": "kept"}}, id="kept-1")
        wait_for(server, "kept")
        params = {"protocolVersion": HANDSHAKE, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        refused = Session(server).rpc("initialize", params)
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        session.rpc("notifications/cancelled", {"requestId": "kept-1"}, id=...)
        assert answer.result(60).json["error"]["code"] in (-32800, 0)
        # The server may notice only after its client that the answer is whole.
        assert any(Session(server).rpc("initialize", params).status == 200 for _ in range(200))


@pytest.mark.parametrize("second", ["waits", "waits_plainly", "echo"])
@pytest.mark.parametrize("first", ["waits", "waits_plainly"])
def test_an_id_that_is_under_way_is_not_taken_again(server: Reached, first: str, second: str):
    session, name = server.open(), f"{first}-{second}"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(session.rpc, "tools/call", {"name": first, "arguments": {"name": name}}, id=name)
        wait_for(server, name)
        refused = session.rpc("tools/call", {"name": second, "arguments": {"name": "no", "text": "no"}}, id=name)
        assert refused.status == 400
        assert refused.json["error"]["code"] == -32600
        assert server.open().rpc("tools/call", {"name": "echo", "arguments": {"text": "x"}}, id=name).status == 200
        session.rpc("notifications/cancelled", {"requestId": name}, id=...)
        assert "error" in answer.result(60).json
    assert session.rpc("tools/call", {"name": "echo", "arguments": {"text": "x"}}, id=name).status == 200


def wait_for(server: Reached, name: str) -> None:
    while name not in server.call("waiting").json["result"]["structuredContent"]["result"]:
        pass


def test_many_callers_at_once_hear_their_own_answers(server: Reached):
    def work(number: int) -> bool:
        session = server.open()
        said = [f"canary-{number}-{turn}" for turn in range(10)]
        return [session.call("echo", text=text).json["result"]["content"][0]["text"] for text in said] == said

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(32)))


def server_call(tool: str, arguments: dict[str, object]) -> dict[str, object]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": "p",
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def http(server: Reached, message: dict[str, object]) -> bytes:
    import json

    body = json.dumps(message).encode()
    lines = [
        "POST /mcp HTTP/1.1",
        f"host: localhost:{server.port}",
        "content-type: application/json",
        f"accept: {ACCEPT}",
        "mcp-protocol-version: 2026-07-28",
        "mcp-method: tools/call",
        f"mcp-name: {message['params']['name']}",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_a_client_that_leaves_ends_its_plain_call(server: Reached):
    message = server_call("waits_plainly", {"name": "gone"})
    del message["params"]["_meta"]["progressToken"]
    with server.connect() as connection:
        connection.sendall(http(server, message))
        while "gone" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
            pass
        with suppress(OSError):
            connection.close()
    for _ in range(500):
        if "gone:" in server.call("cancelled_so_far").body.decode():
            return
    raise AssertionError("the call goes on")
