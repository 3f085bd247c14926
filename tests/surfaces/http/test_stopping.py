"""What each connection hears when the server ends: a proper end, in time, whatever a plugin does."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reaching import ACCEPT, CONFIG, HANDSHAKE, MODERN, Reached, Session, drained, reached

GRACE = "[server]\ngrace = 1.0\n"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
END = b"0\r\n\r\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Reached]:
    with reached(tmp_path, GRACE + CONFIG) as running:
        yield running


def head(server: Reached, *lines: str, method: str = "POST") -> str:
    first = (f"{method} /mcp HTTP/1.1", f"host: localhost:{server.port}", f"accept: {ACCEPT}")
    return "\r\n".join([*first, "content-type: application/json", *lines, ""])


def message(server: Reached, method: str, params: dict[str, object], session: Session | None = None) -> bytes:
    name = f"mcp-name: {params['name']}" if "name" in params else "x: y"
    if session is None:
        params = {**params, "_meta": {**META, **params.get("_meta", {})}}  # type: ignore[dict-item]
        lines = (f"mcp-protocol-version: {MODERN}", f"mcp-method: {method}", name)
    else:
        lines = (f"mcp-protocol-version: {HANDSHAKE}", f"mcp-session-id: {session.id}", "x: y")
    body = json.dumps({"jsonrpc": "2.0", "id": next(server._numbers), "method": method, "params": params}).encode()
    return f"{head(server, *lines)}content-length: {len(body)}\r\n\r\n".encode() + body


def opened(stack: ExitStack, server: Reached, sent: bytes, until: bytes = b"") -> socket.socket:
    connection = stack.enter_context(server.connect())
    connection.sendall(sent)
    came = b""
    while until not in came:
        came += connection.recv(65536)
    return connection


def test_streams_that_only_wait_end_at_once_and_in_form(tmp_path: Path):
    with reached(tmp_path, "[server]\ngrace = 60.0\n" + CONFIG) as server, ExitStack() as stack:
        session = server.open()
        lines = (f"mcp-session-id: {session.id}", f"mcp-protocol-version: {HANDSHAKE}")
        get = head(server, *lines, method="GET").replace(f"{ACCEPT}", "text/event-stream") + "\r\n"
        listen = message(server, "subscriptions/listen", {"notifications": {"toolsListChanged": True}})
        waiting = opened(stack, server, get.encode(), b"event-stream")
        listening = opened(stack, server, listen, b"acknowledged")
        server.signal()
        assert drained(waiting).endswith(END)
        last = drained(listening)
        assert b'"result"' in last
        assert last.endswith(END)
        assert server.process.wait(30) == 0


@pytest.mark.parametrize("era", ["stateless", "session"])
def test_a_call_that_does_not_finish_is_told_so(server: Reached, era: str):
    session = server.open() if era == "session" else None
    with ExitStack() as stack:
        token = {"progressToken": "p"}
        stream = message(server, "tools/call", {"name": "waits", "arguments": {"name": "s"}, "_meta": token}, session)
        plain = message(server, "tools/call", {"name": "waits_plainly", "arguments": {"name": "p"}}, session)
        streamed = opened(stack, server, stream, b"notifications/progress")
        waiting = opened(stack, server, plain)
        while "p" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
            pass
        server.signal()
        assert b" 503 " in drained(waiting)
        assert drained(streamed).endswith(END)
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.stderr()


def test_connections_without_a_request_are_closed_at_once(tmp_path: Path):
    with reached(tmp_path, "[server]\ngrace = 60.0\n" + CONFIG) as server, ExitStack() as stack:
        silent = opened(stack, server, b"")
        half = opened(stack, server, b"POST /mcp HTTP/1.1\r\nho")
        idle = opened(stack, server, f"GET /health HTTP/1.1\r\nhost: localhost:{server.port}\r\n\r\n".encode(), b"ok")
        server.signal()
        assert [drained(silent), drained(half), drained(idle)] == [b"", b"", b""]
        assert server.process.wait(30) == 0


def test_a_plugin_that_blocks_the_loop_does_not_keep_it(server: Reached):
    with ExitStack() as stack:
        token = {"progressToken": "p"}
        sent = message(server, "tools/call", {"name": "blocks_loop", "arguments": {"seconds": 600}, "_meta": token})
        opened(stack, server, sent)
        opened(stack, server, message(server, "tools/call", {"name": "rests", "arguments": {"seconds": 600}}))
        server.signal()
        assert server.process.wait(30) == 0


def test_the_second_signal_ends_it_although_a_plugin_blocks_the_loop(tmp_path: Path):
    with reached(tmp_path, "[server]\ngrace = 600.0\n" + CONFIG) as server, ExitStack() as stack:
        token = {"progressToken": "p"}
        sent = message(server, "tools/call", {"name": "blocks_loop", "arguments": {"seconds": 600}, "_meta": token})
        opened(stack, server, sent)
        server.signal(signal.SIGTERM)
        while server.process.poll() is None:
            server.signal(signal.SIGTERM)
        assert server.process.returncode != 0


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "Rude", "CancelledError"])
def test_a_task_that_a_plugin_left_behind_ends_nobody(server: Reached, kind: str):
    server.call("background_raises", kind=kind)
    server.alive()
    server.signal()
    assert server.process.wait(30) == 0


@pytest.mark.parametrize("version", ["2025-06-18", HANDSHAKE])
def test_a_session_whose_client_leaves_does_not_work_on(server: Reached, version: str):
    """At once where the client cannot come back to its stream, else when it does not."""
    session = server.open()
    token = {"progressToken": "p"}
    call = {"name": "waits", "arguments": {"name": version}, "_meta": token}
    sent = message(server, "tools/call", call, session).replace(HANDSHAKE.encode(), version.encode(), 1)
    with ExitStack() as stack:
        opened(stack, server, sent, b"notifications/progress")
    while f"{version}:" not in server.call("cancelled_so_far").body.decode():
        pass


def test_a_session_that_is_ended_ends_its_calls(server: Reached):
    session = server.open()
    with ExitStack() as stack:
        call = {"name": "waits_plainly", "arguments": {"name": "plain"}}
        opened(stack, server, message(server, "tools/call", call, session))
        while "plain" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
            pass
        headers = {"mcp-session-id": session.id, "mcp-protocol-version": HANDSHAKE}
        server.request("DELETE", "/mcp", headers=headers)
        while "plain:" not in server.call("cancelled_so_far").body.decode():
            pass
