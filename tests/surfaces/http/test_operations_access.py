"""The access log: one line for each request, whatever the level of the log, without what was in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from operating import GUARDED, TOKENS, operated
from reaching import Reached

JSON = f'[server]\nlog_format = "json"\n{GUARDED}[plugins.desk]\n'
FIELDS = {"time", "level", "logger", "request_id", "method", "path", "status", "ms", "bytes", "client", "principal"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    with operated(tmp_path_factory.mktemp("logged"), JSON, TOKENS["ann"]) as server:
        yield server


def line(server: Reached, method: str, path: str, **headers: str) -> dict[str, Any]:
    """The line of one request."""
    wanted = server.request(method, path, headers=headers).headers["x-request-id"]
    # It is written when all is sent, which may be after it has arrived: the next request's answer is after it.
    server.get("/health")
    server.get("/health")
    lines = [json.loads(one) for one in server.stderr().splitlines() if one.startswith("{")]
    [found] = [one for one in lines if one.get("request_id") == wanted]
    return found


def test_a_request_is_one_line_with_fields_of_its_own(server: Reached):
    found = line(server, "GET", "/desk/fixed")
    assert found.keys() == FIELDS
    assert (found["method"], found["path"], found["status"]) == ("GET", "/desk/fixed", 200)
    assert (found["principal"], found["client"], found["level"]) == ("ann", "127.0.0.1", "INFO")
    assert found["bytes"] == len('{"fixed":"yes"}')
    assert found["ms"] > 0


def test_who_is_refused_has_a_line_too(server: Reached):
    found = line(server, "GET", "/desk/fixed", authorization="Bearer wrong")
    assert (found["status"], found["principal"]) == (401, "")


def test_the_query_and_the_token_are_left_out(server: Reached):
    found = line(server, "GET", "/desk/bob?api_key=hunter2secret9")
    assert found["path"] == "/desk/bob"
    assert "hunter2secret9" not in server.stderr()
    assert TOKENS["ann"] not in server.stderr()


@pytest.mark.parametrize("secret", ["sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z", "ann@example.org"])
def test_secrets_and_personal_data_in_a_path_are_hidden(server: Reached, secret: str):
    assert secret not in json.dumps(line(server, "GET", f"/desk/{secret}"))


def test_a_picture_keeps_its_name(server: Reached):
    name = "/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.png"
    assert line(server, "GET", name)["path"] == name


def test_what_a_terminal_would_obey_is_escaped(server: Reached):
    found = line(server, "GET", "/desk/%1b%5b2J%0a%E2%80%AEx")
    assert found["path"] == "/desk/%1B[2J%0A%E2%80%AEx"
    assert "\x1b" not in server.stderr()


def test_a_long_path_is_cut_and_the_line_is_whole(server: Reached):
    found = line(server, "GET", "/desk/" + "%F0%9F%90%A6" * 1000)
    assert found.keys() == FIELDS
    assert len(found["path"]) <= 800


def test_text_is_one_line_too(tmp_path: Path):
    with operated(tmp_path, GUARDED + "[plugins.desk]\n", TOKENS["ann"]) as server:
        server.get("/desk/a%20b")
        server.get("/health")
        server.get("/health")
        assert "toolpost: INFO: GET /desk/a%20b 200 " in server.stderr()
        assert "from 127.0.0.1 ann\n" in server.stderr()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_principal_that_is_an_address_is_hidden(tmp_path: Path, form: str):
    guarded = GUARDED.replace('principal = "ann"', 'principal = "ann@example.org"')
    config = f'[server]\nlog_format = "{form}"\n{guarded}[plugins.desk]\n'
    with operated(tmp_path, config, TOKENS["ann"]) as server:
        assert server.get("/desk/bob").json == {"hello": "bob of ann@example.org", "tools": 2}
        server.get("/health")
        server.get("/health")
        assert "[EMAIL]" in server.stderr()
        assert "ann@example.org" not in server.stderr()


def test_it_can_be_turned_off(tmp_path: Path):
    with operated(tmp_path, f"[http]\naccess_log = false\n{GUARDED}[plugins.desk]\n") as server:
        server.get("/health")
        server.get("/health")
        assert "/health" not in server.stderr()
