"""The keys of an authorization server: rotated, missing, old, and looked for in the right places."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest
from oauth import Authority, authority

from toolpost.http.oauth.discovery import places
from toolpost.http.oauth.fetching import is_safe
from toolpost.http.oauth.keys import FRESH, PAUSE, STALE, Keys

GONE = (503, {}, b"")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Iterator[Authority]:
    with authority() as running:
        yield running


@pytest.fixture
def keys(issuer: Authority, clock: Clock) -> Keys:
    return Keys(issuer.issuer, f"{issuer.issuer}/jwks", clock)


async def test_keys_are_fetched_once_and_kept(keys: Keys, issuer: Authority):
    assert await keys.key("first") is not None
    assert await keys.key("first") is not None
    assert issuer.asked["/jwks"] == 1


async def test_a_new_key_is_found_after_a_pause(keys: Keys, issuer: Authority, clock: Clock):
    await keys.key("first")
    issuer.add("second")
    assert await keys.key("second") is None
    clock.now += PAUSE
    assert await keys.key("second") is not None
    assert issuer.asked["/jwks"] == 2


async def test_a_key_that_was_withdrawn_is_taken_no_longer(keys: Keys, issuer: Authority, clock: Clock):
    await keys.key("first")
    issuer.add("second")
    issuer.published.remove("first")
    clock.now += FRESH + 1
    assert await keys.key("first") is None
    assert await keys.key("second") is not None


async def test_old_keys_do_while_the_issuer_is_away_but_not_for_ever(keys: Keys, issuer: Authority, clock: Clock):
    await keys.key("first")
    issuer.replies["/jwks"] = GONE
    clock.now += STALE
    assert await keys.key("first") is not None
    clock.now += 1
    assert await keys.key("first") is None
    issuer.replies.clear()
    clock.now += PAUSE
    assert await keys.key("first") is not None


async def test_an_issuer_that_is_away_is_not_asked_all_the_time(keys: Keys, issuer: Authority, clock: Clock):
    issuer.replies["/jwks"] = GONE
    for _ in range(10):
        assert await keys.key("first") is None
    assert issuer.asked["/jwks"] == 1


async def test_many_who_ask_at_once_ask_the_issuer_once(keys: Keys, issuer: Authority):
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(keys.key, "first")
    assert issuer.asked["/jwks"] == 1


async def test_one_who_leaves_ends_no_fetch(keys: Keys, issuer: Authority):
    with anyio.CancelScope() as scope:
        scope.cancel()
        await keys.key("first")
    assert await keys.key("first") is not None
    assert issuer.asked["/jwks"] <= 1


async def test_a_token_without_a_name_has_the_only_key(keys: Keys, issuer: Authority, clock: Clock):
    assert await keys.key(None) is not None
    issuer.add("second")
    clock.now += FRESH + 1
    assert await keys.key(None) is None


async def test_keys_are_found_by_the_metadata_of_the_issuer(clock: Clock):
    with authority("/realm") as issuer:
        assert await Keys(issuer.issuer, clock=clock).key("first") is not None
        # OpenID's place is behind the path, and asked last.
        issuer.replies["/.well-known/oauth-authorization-server/realm"] = (404, {}, b"")
        answer = issuer.answer("GET", "/.well-known/oauth-authorization-server/x", b"")
        assert answer[0] == 404


def test_places_of_metadata():
    assert [*places("https://login.example.com/a/b/")] == [
        "https://login.example.com/.well-known/oauth-authorization-server/a/b",
        "https://login.example.com/.well-known/openid-configuration/a/b",
        "https://login.example.com/a/b/.well-known/openid-configuration",
    ]
    assert len([*places("https://login.example.com")]) == 2


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example.com/jwks", True),
        ("http://127.0.0.1:1/jwks", True),
        ("http://[::1]/jwks", True),
        ("http://login.example.com", False),
        ("http://localhost.evil.com", False),
        ("http://127.0.0.1@evil.com", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("", False),
        ("https://[::1", False),
    ],
)
def test_what_is_fetched_can_be_believed(url: str, safe: bool):
    assert is_safe(url) is safe
