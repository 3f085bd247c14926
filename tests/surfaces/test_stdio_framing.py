"""Lines on the wire: what is no message, what is too long, and who reads slowly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import CONFIG, Served, command, environment, served

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602
CAP = 4 * 1024 * 1024


def echo(number: Any, text: str = "hi") -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": "echo", "arguments": {"text": text}},
    }


def padded(number: str, size: int) -> bytes:
    """An echo request of exactly so many bytes, without its line feed."""
    empty = len(json.dumps(echo(number, "")))
    return json.dumps(echo(number, "a" * (size - empty))).encode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"garbage", PARSE_ERROR),
        (b"{", PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"', PARSE_ERROR),
        (b'{"a":"\xff\xfe"}', PARSE_ERROR),
        (b'{"a":"\\ud800"}', PARSE_ERROR),
        (b"\xef\xbb\xbf{}", PARSE_ERROR),
        ("{}".encode("utf-16"), PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":NaN}}', PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":-Infinity}}', PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":' + b"9" * 5000 + b"}}", PARSE_ERROR),
        (b"{}", INVALID_REQUEST),
        (b"[]", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b"5", INVALID_REQUEST),
        (b'"text"', INVALID_REQUEST),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', INVALID_REQUEST),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', INVALID_REQUEST),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else "",
)
def test_a_line_that_is_no_message_gets_an_error_and_the_next_call_is_fine(standing: Served, line: bytes, code: int):
    standing.messages.clear()
    standing.send(line + b"\n")
    assert standing.until(lambda message: "error" in message)["error"]["code"] == code
    standing.alive()


@pytest.mark.parametrize("line", [b"", b"   ", b"\r", b"\t\r", b" \r\n \r"])
def test_a_blank_line_is_nothing(standing: Served, line: bytes):
    standing.messages.clear()
    standing.send(line + b"\n")
    standing.alive()
    assert len(standing.messages) == 1


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"  \r\n"])
def test_lines_may_end_as_on_any_system(standing: Served, end: bytes):
    standing.send(json.dumps(echo(f"end {end!r}")).encode() + end)
    assert standing.answer(f"end {end!r}")["result"]["content"][0]["text"] == "hi"


@pytest.mark.parametrize("text", ["a\u2028b\u2029c\x85d", "null \x00 byte", "\U0001f600", "NaN and -Infinity"])
def test_a_text_comes_back_as_it_was(standing: Served, text: str):
    line = json.dumps(echo(text, text), ensure_ascii=False).encode() + b"\n"
    standing.send(line)
    assert standing.answer(text)["result"]["content"][0]["text"] == text


def test_a_line_may_come_in_pieces(standing: Served):
    for byte in json.dumps(echo("pieces")).encode() + b"\n":
        standing.send(bytes([byte]))
    assert standing.answer("pieces")["result"]["content"][0]["text"] == "hi"


def test_many_lines_may_come_at_once(standing: Served):
    standing.send(b"".join(json.dumps(echo(f"many {n}", str(n))).encode() + b"\n" for n in range(500)))
    assert [standing.answer(f"many {n}")["result"]["content"][0]["text"] for n in range(500)] == list(
        map(str, range(500))
    )


def test_the_longest_line_is_answered(standing: Served):
    standing.send(padded("longest", CAP) + b"\n")
    assert len(standing.answer("longest")["result"]["content"][0]["text"]) > CAP - 200


@pytest.mark.parametrize("more", [1, 1000, 65_536, 1_000_000])
def test_a_line_over_the_limit_is_refused_once_and_the_next_call_is_fine(standing: Served, more: int):
    standing.messages.clear()
    standing.send(padded("too long", CAP + more) + b"\n")
    standing.alive()
    assert [message["error"]["code"] for message in standing.messages if "error" in message] == [INVALID_REQUEST]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_line_of_two_hundred_megabytes_costs_no_memory(standing: Served):
    before = standing.rss()
    chunk = b"a" * (1 << 20)
    for _ in range(200):
        standing.send(chunk)
    standing.send(b"\n")
    standing.alive()
    assert standing.rss() - before < 20 * 1024 * 1024


def test_an_infinite_number_is_refused_in_words(standing: Served):
    standing.send(
        b'{"jsonrpc":"2.0","id":"inf","method":"tools/call","params":{"name":"anything","arguments":{"a":1e999}}}\n'
    )
    assert standing.answer("inf")["result"]["isError"]
    standing.alive()


def test_an_unknown_tool_is_an_error_of_the_protocol(standing: Served):
    assert standing.call("ecko")["error"] == {
        "code": INVALID_PARAMS,
        "message": "unknown tool 'ecko'; did you mean 'echo'?",
    }


def test_two_requests_of_one_id_get_one_answer_and_one_refusal(standing: Served):
    standing.messages.clear()
    number = standing.start("waits", name="twin")
    standing.request("tools/call", {"name": "waits", "arguments": {}}, number)
    refusal = standing.until(lambda message: "error" in message)
    assert (refusal["id"], refusal["error"]["code"]) == (None, INVALID_REQUEST)
    standing.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    standing.alive()


def test_an_id_may_be_used_again_once_it_is_answered(standing: Served):
    for _ in range(3):
        standing.messages.clear()
        standing.send(echo("again"))
        assert standing.answer("again")["result"]["content"][0]["text"] == "hi"


@pytest.mark.parametrize("request_id", [[], {}, None, True, 1.5, "unknown", 10**30])
def test_a_cancellation_of_nothing_is_nothing(standing: Served, request_id: Any):
    standing.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}})
    standing.send({"jsonrpc": "2.0", "method": "notifications/cancelled"})
    standing.alive()


@pytest.mark.parametrize("stray", [{"id": 5, "result": {}}, {"id": "x", "error": {"code": 1, "message": "no"}}])
def test_an_answer_to_nothing_is_nothing(standing: Served, stray: dict[str, Any]):
    standing.send({"jsonrpc": "2.0", **stray})
    standing.alive()


def test_large_answers_to_a_client_that_reads_late_stay_whole(standing: Served):
    size, count = 1_000_000, 64
    for n in range(count):
        standing.request("tools/call", {"name": "large", "arguments": {"size": size}}, f"large {n}")
    # Nobody reads: the pipe holds 64 KiB, and the next answers wait for their turn.
    answers = [standing.answer(f"large {n}") for n in range(count)]
    assert all(answer["result"]["content"][0]["text"] == "x" * size for answer in answers)
    standing.alive()


def test_a_cancelled_answer_that_waits_its_turn_is_never_written(standing: Served):
    standing.request("tools/call", {"name": "large", "arguments": {"size": 2_000_000}}, "first")
    ids = [f"waiting {n}" for n in range(8)]
    for number in ids:
        standing.request("tools/call", {"name": "large", "arguments": {"size": 1000}}, number)
    for number in ids:
        standing.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    assert len(standing.answer("first")["result"]["content"][0]["text"]) == 2_000_000
    standing.alive()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_last_line_without_a_line_feed_is_answered(tmp_path: Path, backend: str):
    with served(tmp_path / "served", CONFIG, "--backend", backend) as server:
        server.handshake().send(json.dumps(echo("last")).encode())
        server.close_input()
        assert server.ended() == 0
        assert json.loads(server.lines[-1])["result"]["content"][0]["text"] == "hi"


def test_the_rest_of_a_line_that_was_too_long_is_not_a_line_at_the_end(fresh: Served):
    fresh.send(b"a" * (CAP + 100_000))
    fresh.close_input()
    assert fresh.ended() == 0
    assert [json.loads(line)["error"]["code"] for line in fresh.lines[1:]] == [INVALID_REQUEST]


def test_files_serve_as_well_as_pipes(tmp_path: Path):
    requests = tmp_path / "requests"
    start = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "file", "version": "1"}}
    first = {"jsonrpc": "2.0", "id": "start", "method": "initialize", "params": start}
    requests.write_text("\n".join(map(json.dumps, [first, echo("filed")])))
    with requests.open("rb") as given, (tmp_path / "answers").open("wb") as answers:
        done = subprocess.run(
            command("serve"), stdin=given, stdout=answers, env=environment(tmp_path, CONFIG), cwd=tmp_path, check=False
        )
    found = [json.loads(line) for line in (tmp_path / "answers").read_text().splitlines()]
    assert (done.returncode, {message["id"] for message in found}) == (0, {"start", "filed"})
