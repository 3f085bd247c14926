"""What passes the edge, and what does not: names, origins, sizes, forms; on every route alike."""

from __future__ import annotations

import gzip
import json

import pytest
from reaching import ACCEPT, META, MODERN, Reached, parsed

ROUTES = ["/mcp", "/health", "/ready", "/nothing"]
HOSTS = [
    "evil.example.com",
    "localhost.evil.com",
    "127.0.0.1.nip.io",
    "localhost@evil.com",
    "",
    "[::1",
    "localhost:1:2",
]
ORIGINS = [
    "null",
    "http://localhost.evil.com",
    "http://localhost:9@evil.com",
    "http://127.0.0.1.nip.io",
    "http://evil.example.com",
    "https://localhost",
    "file://",
    "http://localhost:1",
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("host", HOSTS)
def test_another_name_is_no_name_of_this_server(server: Reached, route: str, host: str):
    assert server.get(route, host=host).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost."])
def test_the_names_of_this_machine_are(server: Reached, host: str):
    assert server.get("/health", host=f"{host}:{server.port}").status == 200


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_from_elsewhere_may_not_call(server: Reached, route: str, origin: str):
    reply = server.get(route, origin=origin)
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_from_elsewhere_may_not_ask_whether_it_may(server: Reached, route: str):
    headers = {"origin": "http://evil.example.com", "access-control-request-method": "POST"}
    assert server.request("OPTIONS", route, headers=headers).status == 403


def test_a_page_of_this_server_may_call(server: Reached):
    assert server.get("/health", origin=f"http://localhost:{server.port}").status == 200


def test_two_hosts_are_refused(server: Reached):
    raw = f"GET /health HTTP/1.1\r\nhost: localhost:{server.port}\r\nhost: evil.com\r\nconnection: close\r\n\r\n"
    assert parsed(server.raw(raw.encode())).status in (400, 421)


@pytest.mark.parametrize("path", ["//health", "/../health", "/a/%2e%2e/health", "/%5c", "/./health", "/a%00b"])
def test_a_path_with_two_readings_is_refused(server: Reached, path: str):
    assert server.get(path).status == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_methods_that_nobody_needs_are_refused(server: Reached, method: str):
    assert server.request(method, "/mcp").status in (400, 405)


def test_a_body_that_says_it_is_too_large_is_refused_by_its_head(server: Reached):
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\ncontent-length: 99999999\r\n\r\n".encode()
    reply = parsed(server.raw(head))
    assert reply.status == 413
    assert reply.headers["connection"] == "close"
    server.alive()


@pytest.mark.parametrize("route", ["/mcp", "/nothing"])
def test_a_body_that_grows_too_large_is_refused_while_it_arrives(server: Reached, route: str):
    before = server.rss()
    head = f"POST {route} HTTP/1.1\r\nhost: localhost:{server.port}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    answer = server.raw(head, *[chunk] * 80)
    assert not answer or parsed(answer).status in (404, 413)
    assert server.rss() - before < 20_000_000
    server.alive()


def test_an_encoded_body_is_refused(server: Reached):
    bomb = gzip.compress(b"x" * 1_000_000)
    assert server.request("POST", "/mcp", bomb, {"content-encoding": "gzip"}).status == 415


NESTED = b"[" * 100_000
NO_MESSAGES = [
    b"",
    b"{",
    b"nul",
    NESTED,
    b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    b"1" * 100_000,
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":Infinity}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"),
    b"\xef\xbb\xbf" + b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
    b"[]",
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":' + b"9" * 400 + b',"method":"ping"}',
    b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
]


@pytest.mark.parametrize("version", [MODERN, "2025-11-25"])
@pytest.mark.parametrize("body", NO_MESSAGES, ids=lambda body: repr(body[:24]))
def test_what_is_no_message_is_an_error_of_the_client(server: Reached, body: bytes, version: str):
    headers = {"content-type": "application/json", "accept": ACCEPT, "mcp-protocol-version": version}
    reply = server.request("POST", "/mcp", body, headers)
    assert reply.status == 400
    assert reply.json["error"]["code"] in (-32700, -32600)


def test_errors_name_the_request_and_nothing_inside(server: Reached):
    reply = server.get("/nothing")
    assert reply.json["error"]["request_id"] == reply.headers["x-request-id"]
    for secret in ("Traceback", "/toolpost/", "starlette", "uvicorn"):
        assert secret not in reply.body.decode()
        assert secret not in json.dumps(reply.headers)


@pytest.mark.parametrize("name", ["mcp-protocol-version", "mcp-method", "mcp-name", "content-type"])
def test_a_header_that_routes_may_not_stand_twice(server: Reached, name: str):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    twice = f"{name}: a\r\n{name}: b\r\n"
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\nconnection: close\r\n{twice}"
    raw = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
    assert parsed(server.raw(raw)).status == 400


@pytest.mark.parametrize(
    "head",
    [
        "POST /mcp HTTP/1.1\r\nhost: HOST\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        "GET /health HTTP/1.1\r\nhost: HOST\r\nx: " + "a" * 2_000_000 + "\r\n\r\n",
        "GET /health HTTP/1.1\r\nhost: HOST\r\n" + "x: y\r\n" * 10_000 + "\r\n",
        "GET /health HTTP/1.1\r\nhost: HOST\r\nx y: z\r\n\r\n",
        "GET /health HTTP/9.9\r\nhost: HOST\r\n\r\n",
        "GET http://evil.com/health HTTP/1.1\r\nhost: evil.com\r\n\r\n",
        "\x16\x03\x01 nonsense\r\n\r\n",
    ],
    ids=["both lengths", "a huge header", "many headers", "a broken header", "a version", "an absolute URI", "TLS"],
)
def test_a_head_that_is_none_ends_the_connection(server: Reached, head: str):
    answer = server.raw(head.replace("HOST", f"localhost:{server.port}").encode())
    assert answer == b"" or 400 <= parsed(answer).status < 500
    assert answer.count(b"HTTP/1.1 ") <= 1
    server.alive()


def test_the_envelope_must_be_whole(server: Reached):
    reply = server.rpc("tools/list", {"_meta": {f"{META}/protocolVersion": "1999-01-01"}})
    assert reply.status == 400
