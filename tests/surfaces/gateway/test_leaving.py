"""A client that leaves ends all that was done for it, upstream included, and leaves nothing behind."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import Gate, answering

from toolpost.testing.openai import call_tool, hang, say

PIECES = ["Once upon a time there was a cat. ", *["It slept all day and all night. "] * 40]
# Of which case 12 allows one second; a machine that is busy may take longer to look.
SOON = 1.0


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with answering(tmp_path_factory.mktemp("gateway"), retries=False) as gate:
        yield gate


def begun(gate: Gate, path: str, body: dict[str, Any], until: bytes) -> socket.socket:
    """A stream that has come as far as these bytes."""
    data = json.dumps({"model": "served-model", "stream": True, **body}).encode()
    connection = gate.server.connect()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(data)}"
    connection.sendall(f"{head}\r\n\r\n".encode() + data)
    come = b""
    while until not in come:
        part = connection.recv(1 << 16)
        assert part, come
        come += part
    return connection


def awaited(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    return is_so()


def chat(gate: Gate, until: bytes = b"slept") -> socket.socket:
    return begun(gate, "/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}, until)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_the_provider_is_hung_up_on(gate: Gate, path: str):
    gate.provider.replies.append(hang(say(*PIECES), after=30))
    body: Any = {"messages": [{"role": "user", "content": "Hi"}]} if "chat" in path else {"input": "Hi"}
    begun(gate, path, body, b"slept").close()
    assert gate.provider.left.wait(SOON)


def test_a_whole_answer_that_nobody_waits_for_is_given_up(gate: Gate):
    gate.provider.replies.append(hang(say(*PIECES), after=2))
    data = json.dumps({"model": "served-model", "messages": [{"role": "user", "content": "Hi"}]}).encode()
    with gate.server.connect() as connection:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data)
        assert awaited(lambda: bool(gate.asked))
    assert gate.provider.left.wait(SOON)


def test_a_tool_under_way_is_cancelled(gate: Gate):
    gate.provider.replies.append(call_tool("wait"))
    body = {"messages": [{"role": "user", "content": "Hi"}], "toolpost": {"activity": True}}
    begun(gate, "/v1/chat/completions", body, b'"began"').close()
    gate.provider.replies.append(say("Free again."))
    assert gate.chat().json["choices"][0]["message"]["content"] == "Free again."


def test_two_hundred_who_leave_leave_nothing_behind(gate: Gate):
    def descriptors() -> int:
        return len(list(Path(f"/proc/{gate.server.process.pid}/fd").iterdir()))

    gate.provider.answer = lambda request: hang(say(*PIECES), after=30)(request)
    for _ in range(5):
        chat(gate).close()
    assert awaited(lambda: descriptors() < 60)
    before = descriptors()
    for _ in range(20):
        for connection in [chat(gate) for _ in range(10)]:
            connection.close()
    assert awaited(lambda: descriptors() <= before + 5), (before, descriptors())


@pytest.mark.slow
def test_silence_is_filled_with_comments(gate: Gate):
    gate.provider.replies.append(call_tool("wait", text="I shall wait."))
    connection = begun(gate, "/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}, b"wait")
    connection.settimeout(30)
    with connection:
        come = b""
        while b": still at work" not in come:
            part = connection.recv(1 << 16)
            assert part, come
            come += part
