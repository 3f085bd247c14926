"""SIGTERM: what runs is finished within the grace period, streams end, and the status is 0."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reaching import ACCEPT, CONFIG, HANDSHAKE, reached

GRACE = "[server]\ngrace = 1.0\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends(tmp_path: Path, number: signal.Signals):
    with reached(tmp_path) as server:
        server.alive()
        server.signal(number)
        assert server.process.wait(20) == 0


def test_a_call_under_way_is_answered(tmp_path: Path):
    with reached(tmp_path) as server, ThreadPoolExecutor() as pool:
        answer = pool.submit(server.call, "rests", seconds=0.5)
        while "resting" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
            pass
        server.signal()
        assert answer.result().json["result"]["content"][0]["text"] == "rested"
        assert server.process.wait(20) == 0


@pytest.mark.parametrize("era", ["session", "listen"])
def test_open_streams_do_not_keep_it(tmp_path: Path, era: str):
    with reached(tmp_path, GRACE + CONFIG) as server, server.connect() as connection:
        if era == "session":
            head = f"mcp-session-id: {server.open().id}\r\nmcp-protocol-version: {HANDSHAKE}\r\n"
            connection.sendall(
                f"GET /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\n{head}\r\n".encode()
            )
        else:
            meta = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            params = {"notifications": {"toolsListChanged": True}, "_meta": meta}
            message = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}
            body = json.dumps(message).encode()
            head = "mcp-protocol-version: 2026-07-28\r\nmcp-method: subscriptions/listen\r\n"
            connection.sendall(
                f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\n{head}"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                + body
            )
        assert b"text/event-stream" in connection.recv(65536)
        server.signal()
        assert server.process.wait(20) == 0


def test_the_second_signal_ends_it_at_once(tmp_path: Path):
    with reached(tmp_path, "[server]\ngrace = 60.0\n" + CONFIG) as server, ThreadPoolExecutor() as pool:
        call = pool.submit(server.call, "rests", seconds=30)
        while "resting" not in server.call("waiting").json["result"]["structuredContent"]["result"]:
            pass
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGINT)
        assert server.process.wait(20) != 0
        with pytest.raises(Exception):  # noqa: B017 - whatever becomes of a call whose server died
            call.result()


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with reached(tmp_path / "one") as server:
        taken = ("--port", str(server.port))
        refused = pytest.raises(AssertionError, match=f"{server.port} cannot be listened at")
        with refused, reached(tmp_path / "two", CONFIG, *taken):
            pass
