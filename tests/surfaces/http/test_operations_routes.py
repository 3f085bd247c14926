"""Routes of plugins: filled, guarded, and contained whatever they do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hostile_plugins import ANSWERS, KINDS
from operating import GUARDED, TOKENS, operated
from reaching import Reached

CONFIG = GUARDED + "[plugins.desk]\n[plugins.rogue]\n[plugins.sulking]\n"
# What a program would take, or what stands for something that it takes.
FINE = {"none", "number keys", "nan meta", "mime type", "set", "class", "bytes"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    with operated(tmp_path_factory.mktemp("routes"), CONFIG, TOKENS["ann"]) as server:
        yield server


def alive(server: Reached) -> None:
    assert server.get("/desk/fixed").json == {"fixed": "yes"}


def failed(reply: Any, status: int) -> str:
    assert reply.status == status, reply
    error = reply.json["error"]
    assert error["request_id"] == reply.headers["x-request-id"]
    return str(error["message"])


def test_parameters_come_from_the_request_and_from_toolpost(server: Reached):
    assert server.get("/desk/bob?loud=true").json == {"hello": "BOB OF ANN", "tools": 3}


def test_what_says_more_of_its_path_comes_first(server: Reached):
    assert server.get("/desk/fixed").json == {"fixed": "yes"}


def test_a_plain_function_takes_a_body(server: Reached):
    assert server.request("POST", "/desk/sum", [1, 2, 3]).json == 6


def test_an_answer_may_be_streamed(server: Reached):
    assert server.request("POST", "/desk/stream").body == b"part 0\npart 1\npart 2\n"


def test_a_plugin_may_serve_the_front_page(server: Reached):
    assert server.get("/").body == b"the desk"


@pytest.mark.parametrize("path", ["/desk/bob", "/rogue/waits", "/desk/sum"])
def test_routes_are_for_whoever_may_call(server: Reached, path: str):
    method = "POST" if path == "/desk/sum" else "GET"
    assert failed(server.request(method, path, headers={"authorization": "Bearer wrong"}), 401)


def test_who_calls_is_looked_at_before_the_body(server: Reached):
    headers = {"authorization": "Bearer wrong", "content-type": "application/json"}
    assert server.request("POST", "/desk/sum", b"no json", headers).status == 401


def test_a_wrong_parameter_is_named_without_its_value(server: Reached):
    said = failed(server.get("/desk/bob?loud=hunter2"), 422)
    assert "query.loud" in said
    assert "hunter2" not in said


def test_a_body_that_is_no_json_is_refused(server: Reached):
    assert failed(server.request("POST", "/desk/sum", b"{", {"content-type": "application/json"}), 400)


def test_a_body_is_bounded_while_it_arrives(server: Reached):
    head = (
        f"POST /desk/sum HTTP/1.1\r\nhost: localhost:{server.port}\r\nauthorization: Bearer {server.token}\r\n"
        "content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    )
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    raw = server.raw(head.encode(), *[chunk] * 6)
    assert raw.startswith(b"HTTP/1.1 413"), raw[:200]
    alive(server)


def test_a_failed_call_has_a_status_of_its_own(server: Reached):
    reply = server.get("/desk/fails/unavailable")
    assert failed(reply, 503) == "come back"
    assert reply.headers["retry-after"] == "7"
    assert failed(server.get("/desk/fails/otherwise"), 502) == "the tool failed"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "anyio"])
@pytest.mark.parametrize("path", ["raises", "raises-plainly"])
def test_what_a_route_raises_is_that_requests_error(server: Reached, path: str, kind: str):
    reply = server.get(f"/rogue/{path}/{kind}")
    said = failed(reply, 500)
    assert reply.headers["x-request-id"] in said
    assert "hostile" not in said
    alive(server)


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind not in FINE])
def test_nonsense_is_an_error_or_json(server: Reached, kind: str):
    reply = server.get(f"/rogue/answers/{quote(kind)}")
    assert reply.status in (200, 500)
    json.loads(reply.body, parse_constant=pytest.fail)
    alive(server)


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "Rude", "ValueError"])
def test_what_a_task_of_a_route_raises_is_that_requests_error(server: Reached, kind: str):
    failed(server.get(f"/rogue/raises-below/{kind}"), 500)
    alive(server)


def test_what_never_ends_is_refused(server: Reached):
    failed(server.get("/rogue/endless"), 500)
    alive(server)


@pytest.mark.parametrize("path", ["/rogue/waits", "/rogue/sleeps"])
def test_what_takes_too_long_is_given_up(server: Reached, path: str):
    assert "too long" in failed(server.get(path), 504)
    alive(server)


def test_a_stream_that_breaks_is_no_whole_answer(server: Reached):
    head = (
        f"GET /rogue/breaks HTTP/1.1\r\nhost: localhost:{server.port}\r\nauthorization: Bearer {server.token}\r\n\r\n"
    )
    raw = server.raw(head.encode())
    assert b"a part" in raw
    assert not raw.endswith(b"0\r\n\r\n")
    alive(server)


def test_no_plugin_takes_a_path_of_ours(server: Reached):
    assert server.get("/health").json == {"status": "ok"}
    assert server.request("POST", "/health").status == 405
    assert server.get("/mcp").json["name"] == "toolpost"


def test_below_admin_everything_is_for_the_operator(server: Reached):
    wrong, boss = ({"authorization": f"Bearer {token}"} for token in ("wrong", TOKENS["boss"]))
    assert server.request("PUT", "/anything", headers=wrong).body == b'"rogue"'
    for path in ("/admin", "/admin/", "/admin/open", "/admin/status", "/admin/nothing/here"):
        # By the routes that take any path, for whoever may call, or for all.
        for method in ("GET", "PUT"):
            assert server.request(method, path).status == 403
            assert server.request(method, path, headers=wrong).status == 401
    assert server.request("PUT", "/admin/open", headers=boss).body == b'"rogue"'


def test_a_hook_that_raises_costs_its_plugin_the_routes_alone(server: Reached):
    assert server.call("sulk").json["result"]["content"][0]["text"] == "sulking"
    assert "plugin 'sulking' has no routes: SystemExit" in server.stderr()


@pytest.mark.parametrize(
    "said",
    [
        "route POST /health of plugin 'rogue' is refused: toolpost has it",
        "route GET /mcp of plugin 'rogue' is refused: MCP is spoken there",
        "route GET /admin/open of plugin 'rogue' is refused: below /admin everything has the scope 'admin'",
        "route GET /admin/status of plugin 'rogue' is refused: toolpost has it",
        "route GET /desk/{other} of plugin 'rogue' is refused: plugin 'desk' has it",
        "route GET no/path of plugin 'rogue' is refused: it is no path",
        "route GET /rogue/yields of plugin 'rogue' is refused: it cannot be served",
        "route GET /rogue/unknown of plugin 'rogue' is refused: it cannot be served",
        "route GET /rogue/{broken of plugin 'rogue' is refused",
        "route /rogue/methods of plugin 'rogue' is refused: its methods or its scope are none",
        "route GET 5 of plugin 'rogue' is refused: it is no path",
        "route GET /rogue/told of plugin 'rogue' is refused: it cannot be served",
        "route GET /rogue/nothing of plugin 'rogue' is refused",
    ],
)
def test_what_cannot_be_served_is_named(server: Reached, said: str):
    clashes = server.get("/admin/status", authorization=f"Bearer {TOKENS['boss']}").json["clashes"]
    assert [clash for clash in clashes if clash.startswith(said)]
