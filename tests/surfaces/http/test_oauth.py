"""Tokens of an authorization server: which are taken, and what clients learn of where to get one."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from oauth import Authority, authority, unsigned
from reaching import CONFIG, Reached, reached

AUDIENCE = "https://tools.example.com/mcp"
STATIC = "tp_static"


def config(issuer: Authority, /, **more: str) -> str:
    lines = {"issuer": f'"{issuer.issuer}"', "audience": f'"{AUDIENCE}"', **more}
    tokens = f'[http.tokens.boss]\nsha256 = "{hashlib.sha256(STATIC.encode()).hexdigest()}"\nprincipal = "boss"\n'
    return "[http.oauth]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()) + tokens + CONFIG


@pytest.fixture(scope="module")
def issuer() -> Iterator[Authority]:
    with authority("/realm") as running:
        yield running


@pytest.fixture(scope="module")
def guarded(issuer: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    issuer.add("curve", "ES256")
    issuer.add("secret", publish=False)
    with reached(tmp_path_factory.mktemp("oauth"), config(issuer)) as server:
        yield server


def status(server: Reached, token: str) -> int:
    return server.rpc("tools/list", headers={"authorization": f"Bearer {token}"}).status


def who(server: Reached, token: str) -> str:
    reply = server.rpc("tools/call", {"name": "who", "arguments": {}}, {"authorization": f"Bearer {token}"})
    found: str = reply.json["result"]["structuredContent"]["principal"]
    return found


@pytest.mark.parametrize("key", ["first", "curve"])
def test_a_token_for_this_server_is_taken(guarded: Reached, issuer: Authority, key: str):
    assert who(guarded, issuer.token(key, aud=AUDIENCE)) == "ann"
    assert who(guarded, issuer.token(key, aud=["https://other.example.com", AUDIENCE], sub="bob")) == "bob"


def test_tokens_of_the_configuration_are_taken_beside_them(guarded: Reached):
    assert who(guarded, STATIC) == "boss"


def refused(issuer: Authority) -> dict[str, str]:
    now = int(time.time())
    good = {"iss": issuer.issuer, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 600}
    public = str(issuer.jwks()["keys"][0]["n"])
    whole = issuer.token(aud=AUDIENCE)
    return {
        "for another": issuer.token(aud="https://other.example.com/mcp"),
        "for a longer name": issuer.token(aud=AUDIENCE + "/"),
        "for a shorter name": issuer.token(aud=AUDIENCE[:-1]),
        "for nobody": issuer.token(),
        "of another issuer": issuer.token(aud=AUDIENCE, iss=issuer.issuer + "/"),
        "of no issuer": issuer.token(aud=AUDIENCE, iss=...),
        "too late": issuer.token(aud=AUDIENCE, exp=now - 60),
        "too early": issuer.token(aud=AUDIENCE, nbf=now + 60),
        "from the future": issuer.token(aud=AUDIENCE, iat=now + 60),
        "without an end": issuer.token(aud=AUDIENCE, exp=...),
        "an end that is none": issuer.token(aud=AUDIENCE, exp=float("inf")),
        "without a subject": issuer.token(aud=AUDIENCE, sub=...),
        "an empty subject": issuer.token(aud=AUDIENCE, sub=""),
        "a subject of two lines": issuer.token(aud=AUDIENCE, sub="ann\nboss"),
        "a long subject": issuer.token(aud=AUDIENCE, sub="a" * 201),
        "the name of a token": issuer.token(aud=AUDIENCE, sub="boss"),
        "the name of this machine": issuer.token(aud=AUDIENCE, sub="local"),
        "an unknown key": issuer.token("secret", aud=AUDIENCE),
        "another's name on a key": issuer.token("secret", {"kid": "first"}, aud=AUDIENCE),
        "no name of a key": issuer.token("first", {"kid": ...}, aud=AUDIENCE),
        "a name that is none": jwt.encode(good, "x" * 32, "HS256", headers={"kid": "first"}),
        "not signed": unsigned(good),
        "signed with what is public": jwt.encode(good, public, "HS256", headers={"kid": "first"}),
        "an algorithm of another key": issuer.token("curve", {"kid": "first"}, aud=AUDIENCE),
        "not for access": issuer.token("first", {"typ": "logout+jwt"}, aud=AUDIENCE),
        "with what we must know": issuer.token("first", {"crit": ["x"], "x": 1}, aud=AUDIENCE),
        "changed": whole[:-6] + ("A" if whole[-6] != "A" else "B") + whole[-5:],
        "cut off": whole.rpartition(".")[0] + ".",
        "two parts": whole.rpartition(".")[0],
        "no token at all": "a.b.c",
        "encrypted": "a.b.c.d.e",
        "too long": whole + "A" * 20_000,
    }


def test_no_other_token_is_taken(guarded: Reached, issuer: Authority):
    found = {name: status(guarded, token) for name, token in refused(issuer).items()}
    assert found == dict.fromkeys(found, 401)


def test_a_little_lateness_is_forgiven(guarded: Reached, issuer: Authority):
    now = int(time.time())
    assert status(guarded, issuer.token(aud=AUDIENCE, exp=now - 5, nbf=now + 5)) == 200


def test_keys_are_not_fetched_at_will(guarded: Reached, issuer: Authority):
    assert status(guarded, issuer.token(aud=AUDIENCE)) == 200
    before = issuer.asked["/realm/jwks"]
    for number in range(20):
        assert status(guarded, issuer.token("secret", {"kid": f"made-up-{number}"}, aud=AUDIENCE)) == 401
    assert issuer.asked["/realm/jwks"] - before <= 1


def test_nothing_of_a_token_is_in_the_log(guarded: Reached, issuer: Authority):
    for token in refused(issuer).values():
        status(guarded, token)
    written = guarded.stderr()
    assert not any(part in written for part in (AUDIENCE, issuer.token(aud=AUDIENCE).split(".")[0], "Traceback"))


@pytest.mark.parametrize("path", ["", "/mcp"])
def test_clients_learn_whose_tokens_are_taken(guarded: Reached, issuer: Authority, path: str):
    told = guarded.get(f"/.well-known/oauth-protected-resource{path}").json
    assert told["resource"] == AUDIENCE
    assert told["authorization_servers"] == [issuer.issuer]


def test_a_refusal_says_where_to_learn_it(guarded: Reached):
    url = "https://tools.example.com/.well-known/oauth-protected-resource/mcp"
    for path in ("/mcp", "/admin/status"):
        said = guarded.get(path).headers["www-authenticate"]
        assert f'resource_metadata="{url}"' in said
        assert "error=" not in said
        wrong = guarded.get(path, authorization="Bearer a.b.c").headers["www-authenticate"]
        assert 'error="invalid_token"' in wrong


def test_scopes_are_mapped(tmp_path: Path):
    scopes = '{ "tools:call" = "call", "tools:admin" = "admin" }'
    with authority() as issuer, reached(tmp_path, config(issuer, scopes=scopes)) as server:
        none, call = issuer.token(aud=AUDIENCE), issuer.token(aud=AUDIENCE, scope="openid tools:call")
        admin = issuer.token(aud=AUDIENCE, scp=["tools:admin"])
        plain = issuer.token(aud=AUDIENCE, scope="call admin")
        assert [status(server, token) for token in (none, call, admin, plain)] == [403, 200, 403, 403]
        said = server.rpc("tools/list", headers={"authorization": f"Bearer {none}"}).headers["www-authenticate"]
        assert 'error="insufficient_scope"' in said
        assert 'scope="tools:call"' in said
        told = server.get("/.well-known/oauth-protected-resource").json
        assert told["scopes_supported"] == ["tools:call", "tools:admin"]


def test_another_claim_may_name_the_principal(tmp_path: Path):
    with authority() as issuer, reached(tmp_path, config(issuer, principal_claim='"login"')) as server:
        assert who(server, issuer.token(aud=AUDIENCE, login="carol")) == "carol"
        assert status(server, issuer.token(aud=AUDIENCE)) == 401


BAD = {
    "a redirect": (302, {"location": "http://127.0.0.1:1/"}, b""),
    "an error": (500, {}, b""),
    "no JSON": (200, {}, b"<html>"),
    "no object": (200, {}, b"[]"),
    "too much": (200, {}, b'{"keys": "' + b"x" * 1_000_000 + b'"}'),
    "no keys": (200, {}, b"{}"),
    "odd keys": (
        200,
        {},
        b'{"keys": [1, {"kty": "oct", "k": "AAAA", "kid": "first"}, {"kty": "RSA", "kid": "first"}]}',
    ),
}


@pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
def test_keys_that_cannot_be_had_refuse_tokens_and_nothing_else(
    tmp_path: Path, reply: tuple[int, dict[str, str], bytes]
):
    with authority() as issuer, reached(tmp_path, config(issuer)) as server:
        issuer.replies["/jwks"] = reply
        assert status(server, issuer.token(aud=AUDIENCE)) == 401
        assert who(server, STATIC) == "boss"
        assert "Traceback" not in server.stderr()


def test_metadata_of_another_issuer_is_not_believed(tmp_path: Path):
    with authority() as issuer, reached(tmp_path, config(issuer)) as server:
        issuer.replies["/.well-known/oauth-authorization-server"] = (200, {}, b'{"issuer": "x", "jwks_uri": "/jwks"}')
        assert status(server, issuer.token(aud=AUDIENCE)) == 401
        assert issuer.asked["/jwks"] == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"issuer": '"http://login.example.com"'}, "https"),
        ({"jwks_url": '"http://login.example.com/jwks"'}, "https"),
        ({"audience": '"api://tools"'}, "resource"),
        ({"algorithms": '["none"]'}, "algorithms"),
        ({"algorithms": '["HS256"]'}, "algorithms"),
        ({"algorithms": "[]"}, "algorithms"),
    ],
)
def test_what_would_not_be_safe_is_refused_at_the_start(tmp_path: Path, more: dict[str, str], said: str):
    with (
        authority() as issuer,
        pytest.raises(AssertionError, match=said),
        reached(tmp_path, config(issuer, **more)),
    ):
        pass
