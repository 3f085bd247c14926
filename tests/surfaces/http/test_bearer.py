"""Who may do what: each route with no token, a wrong one, and the right one in the wrong place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from reaching import CONFIG, Reached, reached

TOKENS = {"ann": "tp_ann_secret", "boss": "tp_boss_secret"}


def table(name: str, *scopes: str) -> str:
    digest = hashlib.sha256(TOKENS[name].encode()).hexdigest()
    return f'[http.tokens.{name}]\nsha256 = "{digest}"\nprincipal = "{name}"\nscopes = {list(scopes)!r}\n'


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    config = table("ann", "call") + table("boss", "call", "admin") + CONFIG
    with reached(tmp_path_factory.mktemp("guarded"), config) as server:
        yield server


WRONG = {
    "none": {},
    "another": {"authorization": "Bearer tp_eve_secret"},
    "a prefix": {"authorization": f"Bearer {TOKENS['ann'][:-1]}"},
    "longer": {"authorization": f"Bearer {TOKENS['ann']}x"},
    "another scheme": {"authorization": f"Basic {TOKENS['ann']}"},
    "no scheme": {"authorization": TOKENS["ann"]},
    "another case": {"authorization": f"Bearer {TOKENS['ann'].upper()}"},
    "empty": {"authorization": "Bearer "},
    "another header": {"x-api-key": TOKENS["ann"]},
    "a cookie": {"cookie": f"token={TOKENS['ann']}"},
    "not ASCII": {"authorization": "Bearer \xe9\xff"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_without_the_right_token_nothing_is_answered(guarded: Reached, headers: dict[str, str]):
    reply = guarded.rpc("tools/list", headers=headers)
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert "tools" not in reply.body.decode()


def test_a_token_in_the_query_is_none(guarded: Reached):
    assert guarded.get(f"/mcp?access_token={TOKENS['ann']}").status == 401


def test_the_caller_is_known_to_the_tool(guarded: Reached):
    for name, token in TOKENS.items():
        reply = guarded.rpc(
            "tools/call", {"name": "who", "arguments": {}}, headers={"authorization": f"bearer {token}"}
        )
        assert reply.json["result"]["structuredContent"]["principal"] == name


def test_health_is_for_everyone(guarded: Reached):
    assert guarded.get("/health").status == 200


def test_a_session_belongs_to_who_opened_it(guarded: Reached):
    mine = {"authorization": f"Bearer {TOKENS['ann']}"}
    theirs = {"authorization": f"Bearer {TOKENS['boss']}"}
    guarded.token = TOKENS["ann"]
    try:
        session = guarded.open()
    finally:
        guarded.token = None
    for method, params in (("tools/list", {}), ("tools/call", {"name": "echo", "arguments": {"text": "x"}})):
        assert session.rpc(method, params, headers=mine).status == 200
        assert session.rpc(method, params, headers=theirs).status == 404
        assert session.rpc(method, params).status == 401


def test_beyond_loopback_nothing_is_served_without_tokens(tmp_path):
    with pytest.raises(AssertionError, match="toolpost tokens add"), reached(tmp_path, CONFIG, "--host", "0.0.0.0"):
        pass


def test_a_wrong_token_and_none_are_told_apart_and_no_more(guarded: Reached):
    texts: dict[str, set[str]] = {}
    for name in WRONG:
        replies = (guarded.rpc("tools/list", headers=WRONG[name]), guarded.get("/admin/status", **WRONG[name]))
        for reply in replies:
            assert reply.status == 401
            texts.setdefault(reply.json["error"]["message"], set()).add(name)
            assert "secret" not in reply.body.decode()
    brought = {"another", "a prefix", "longer", "another case", "not ASCII"}
    assert texts == {
        "bring a bearer token: `Authorization: Bearer …`": WRONG.keys() - brought,
        "this bearer token is none that this server takes; ask its operator for another": brought,
    }
