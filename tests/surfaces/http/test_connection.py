"""What a connection does beside plain requests: pipelines, upgrades, trailers, half a body, a hangup."""

from __future__ import annotations

import json
import re
import socket

import pytest
from reaching import ACCEPT, MODERN, Reached, drained, parsed

META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}


def call(server: Reached, tool: str, arguments: dict[str, object], more: str = "") -> bytes:
    params = {"name": tool, "arguments": arguments, "_meta": META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\n{more}"
        f"content-type: application/json\r\nmcp-protocol-version: {MODERN}\r\nmcp-method: tools/call\r\n"
        f"mcp-name: {tool}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(server: Reached, path: str = "/health", more: str = "connection: close\r\n") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: localhost:{server.port}\r\n{more}\r\n".encode()


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]


def running(server: Reached, name: str) -> bool:
    return name in server.call("waiting").json["result"]["structuredContent"]["result"]


def test_requests_in_a_row_are_answered_in_order(server: Reached):
    three = [call(server, "echo", {"text": f"n{number}"}) for number in range(3)]
    answer = server.raw(b"".join(three) + get(server))
    assert statuses(answer) == [200] * 4
    assert [int(found) for found in re.findall(rb'"text":"n(\d)"', answer)] == [0, 1, 2]


def test_a_client_that_leaves_ends_the_later_request_too(server: Reached):
    with server.connect() as connection:
        connection.sendall(call(server, "echo", {"text": "first"}))
        answer = b""
        while b"first" not in answer:
            answer += connection.recv(65536)
        connection.sendall(call(server, "waits_plainly", {"name": "later"}))
        while not running(server, "later"):
            pass
    while "later:" not in server.call("cancelled_so_far").body.decode():
        pass


def test_half_a_request_behind_another_spoils_no_answer(server: Reached):
    with server.connect() as connection:
        connection.sendall(call(server, "rests", {"seconds": 0.3}) + get(server, more="x: y")[:-2])
        answer = b""
        while b"rested" not in answer:
            answer += connection.recv(65536)
    assert statuses(answer) == [200]
    server.alive()


def test_a_request_that_would_upgrade_is_answered_as_it_is(server: Reached):
    """Java's own client asks for HTTP/2 in this way."""
    more = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    answer = server.raw(call(server, "echo", {"text": "up"}, more) + get(server))
    assert statuses(answer) == [200, 200]
    assert b'"text":"up"' in answer


def test_a_client_that_asks_first_is_told_to_go_on(server: Reached):
    request = call(server, "echo", {"text": "asked"}, "expect: 100-continue\r\nconnection: close\r\n")
    head, _, body = request.partition(b"\r\n\r\n")
    with server.connect() as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert b'"text":"asked"' in drained(connection)


def test_a_client_that_asks_first_with_too_much_is_told_so(server: Reached):
    more = "expect: 100-continue\r\ncontent-length: 99999999\r\n"
    answer = server.raw(get(server, "/mcp", more).replace(b"GET", b"POST"))
    assert statuses(answer) == [413]


@pytest.mark.parametrize("size", [5 * 1024 * 1024, 60 * 1024 * 1024])
def test_a_client_that_sends_too_much_hears_why(server: Reached, size: int):
    """The connection is not reset while it still sends, which would take the answer away from it."""
    before = server.rss()
    with server.connect() as connection:
        connection.sendall(get(server, "/mcp", f"content-length: {size}\r\n").replace(b"GET", b"POST"))
        connection.sendall(b"x" * size)
        connection.shutdown(socket.SHUT_WR)
        answer = drained(connection)
    assert statuses(answer) == [413]
    assert server.rss() - before < 10_000_000


def test_a_refusal_before_the_body_leaves_the_connection_whole(server: Reached):
    body = b"x" * 100_000
    head = get(server, "/nothing", f"content-length: {len(body)}\r\n").replace(b"GET", b"POST")
    with server.connect() as connection:
        connection.sendall(head)
        assert b" 404 " in connection.recv(65536)
        connection.sendall(body[:50_000])
        connection.sendall(body[50_000:] + get(server))
        assert statuses(drained(connection)) == [200]


def test_a_body_that_nobody_wants_may_not_go_on_for_ever(server: Reached):
    head = get(server, "/nothing", "transfer-encoding: chunked\r\n").replace(b"GET", b"POST")
    answer = server.raw(head, *[b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 8)
    assert statuses(answer) in ([404], [404, 400], [413])


def test_spaces_around_a_value_are_not_of_it(server: Reached):
    sent = call(server, "echo", {"text": "x"}, "connection: close\r\n").replace(
        b"mcp-name: echo", b"mcp-name: \t echo \t "
    )
    assert statuses(server.raw(sent)) == [200]


def test_trailers_are_no_headers(server: Reached):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    trailer = "origin: http://evil.com\r\nhost: evil.com\r\nauthorization: Bearer x\r\n"
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\naccept: {ACCEPT}\r\nconnection: close\r\n"
    rest = f"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{len(body):x}\r\n"
    answer = server.raw((head + rest).encode() + body + f"\r\n0\r\n{trailer}\r\n".encode())
    # Without a session it is refused for that, and for nothing that the trailers say.
    assert b"session" in answer.lower()


@pytest.mark.parametrize("what", ["trailer", "extension"])
def test_what_surrounds_a_body_is_bounded(server: Reached, what: str):
    before = server.rss()
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\ntransfer-encoding: chunked\r\n\r\n1"
    begin = {"trailer": "\r\nx\r\n0\r\nx: ", "extension": ";"}[what]
    answer = server.raw((head + begin).encode(), *[b"a" * 1_000_000] * 30)
    assert statuses(answer) in ([431], [400], [413], [])
    assert server.rss() - before < 10_000_000
    server.alive()


def test_a_body_in_small_chunks_is_taken(server: Reached):
    params = {"name": "echo", "arguments": {"text": "small"}, "_meta": META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body + b" " * 20_000)
    head = call(server, "echo", {}).partition(b"content-length")[0]
    answer = server.raw(head + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert statuses(answer) == [200]


HEADS = {
    "both lengths": "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "content-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
    "two equal lengths": "content-length: 4\r\ncontent-length: 4\r\n\r\nabcd",
    "a list of lengths": "content-length: 4, 4\r\n\r\nabcd",
    "a signed length": "content-length: +4\r\n\r\nabcd",
    "a length with a space": "content-length: 4 4\r\n\r\nabcd",
    "a length in hex": "content-length: 0x4\r\n\r\nabcd",
    "a negative length": "content-length: -1\r\n\r\n",
    "a huge length": "content-length: 99999999999999999999999\r\n\r\n",
    "an unknown coding": "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a tab in the coding": "transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a bare LF": "x: y\ncontent-length: 0\r\n\r\n",
    "a bare CR": "x: y\rcontent-length: 0\r\n\r\n",
    "a NUL": "x: a\x00b\r\n\r\n",
    "a folded line": "x: y\r\n content-length: 4\r\n\r\n",
    "a header without a name": ": y\r\n\r\n",
    "a line without a colon": "nothing\r\n\r\n",
    "a chunk size that overflows": "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "a signed chunk size": "transfer-encoding: chunked\r\n\r\n+4\r\nabcd\r\n0\r\n\r\n",
    "a chunk size in 0x": "transfer-encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
    "a chunk longer than it says": "transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    "a chunk ended by LF": "transfer-encoding: chunked\r\n\r\n4\nabcd\n0\n\n",
}


@pytest.mark.parametrize("rest", HEADS.values(), ids=HEADS)
def test_a_request_with_two_ends_is_refused_and_what_follows_is_no_request(server: Reached, rest: str):
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\n"
    answer = server.raw((head + rest).encode("latin-1") + get(server, "/smuggled"))
    assert len(statuses(answer)) <= 1
    assert all(400 <= status < 500 for status in statuses(answer))
    assert b"there is nothing at this path" not in answer


def test_what_is_no_request_has_a_name_in_the_log_too(server: Reached):
    reply = parsed(server.raw(b"NONSENSE\r\n\r\n"))
    assert reply.status == 400
    assert reply.json["error"]["request_id"] == reply.headers["x-request-id"]


def test_a_name_that_the_client_gives_its_request_is_not_taken(server: Reached):
    assert server.get("/health", x_request_id="mine").headers["x-request-id"] != "mine"


@pytest.mark.parametrize("path", ["/health", "/ready", "/mcp", "/nothing"])
def test_the_head_alone_is_the_head_of_the_answer(server: Reached, path: str):
    whole, head = server.get(path), server.request("HEAD", path)
    assert (head.status, head.body) == (whole.status, b"")
    assert head.headers["content-length"] == str(len(whole.body))


def test_the_head_of_a_stream_ends(server: Reached):
    session = server.open()
    headers = {"accept": ACCEPT, "mcp-session-id": session.id, "mcp-protocol-version": "2025-11-25"}
    reply = server.request("HEAD", "/mcp", headers=headers)
    assert (reply.status, reply.body) == (200, b"")


def test_a_slash_at_the_end_changes_nothing(server: Reached):
    assert server.get("/mcp/").json == server.get("/mcp").json


@pytest.mark.parametrize("path", ["/mcp/x", "/mcp/x/y", "/mcpx", "/MCP"])
def test_below_mcp_is_nothing(server: Reached, path: str):
    assert server.get(path).status == 404
    assert server.request("POST", path, {"jsonrpc": "2.0", "id": 1, "method": "ping"}).status == 404


@pytest.mark.parametrize("path", ["/a%2fb", "/a%0ab", "/a%0d%0ab", "/a%e2%80%a8b", "/a%7fb"])
def test_a_path_that_a_log_could_not_hold_is_refused(server: Reached, path: str):
    assert server.get(path).status == 400
