"""Pages of other origins: those on the list may call and read, and bring no cookies; nobody else may."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from reaching import CONFIG, Reached, Reply, reached

PAGE = "https://app.example.com"
TOKEN = "tp_ann"


@pytest.fixture(scope="module")
def open_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    token = f'[http.tokens.a]\nsha256 = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"\nprincipal = "ann"\n'
    with reached(tmp_path_factory.mktemp("cors"), f'[http]\norigins = ["{PAGE}"]\n' + token + CONFIG) as server:
        yield server


def preflight(server: Reached, origin: str, headers: str = "authorization, content-type", path: str = "/mcp") -> Reply:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": headers}
    return server.request("OPTIONS", path, headers={"origin": origin, **asked})


@pytest.mark.parametrize("path", ["/mcp", "/health", "/nothing"])
def test_a_page_on_the_list_may_call(open_to: Reached, path: str):
    reply = preflight(open_to, PAGE, path=path)
    assert reply.status == 204
    assert reply.body == b""
    assert "content-length" not in reply.headers
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-headers"] == "authorization, content-type"


def test_it_may_send_the_headers_of_the_protocol_and_no_others(open_to: Reached):
    asked = "Mcp-Param-City,mcp-session-id, last-event-id, x-forwarded-for, cookie, x-evil\t, *"
    allowed = preflight(open_to, PAGE, asked).headers["access-control-allow-headers"]
    assert allowed == "mcp-param-city, mcp-session-id, last-event-id"


def test_it_may_read_answers_and_refusals(open_to: Reached):
    for headers, status in (({}, 401), ({"authorization": f"Bearer {TOKEN}"}, 200)):
        reply = open_to.rpc("tools/list", headers={"origin": PAGE, **headers})
        assert reply.status == status
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert "mcp-session-id" in reply.headers["access-control-expose-headers"]
        assert "origin" in reply.headers["vary"]


@pytest.mark.parametrize(
    "origin", ["https://app.example.com.evil.com", "http://app.example.com", "https://evil.com", "null"]
)
def test_no_other_page_may(open_to: Reached, origin: str):
    reply = preflight(open_to, origin)
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


def test_cookies_never_come_along(open_to: Reached):
    for reply in (preflight(open_to, PAGE), open_to.get("/health", origin=PAGE)):
        assert "access-control-allow-credentials" not in reply.headers
        assert reply.headers["access-control-allow-origin"] != "*"
