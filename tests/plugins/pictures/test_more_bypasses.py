"""More addresses that fooled a guard, of other kinds: named directly, and as where a redirect leads.

White space and joiners in every place, two schemes, backslashes, user names,
odd ports, escapes, digits of other scripts, IPv4 in IPv6 prefixes, zones, and
the names that networks, clouds and containers have for themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from toolpost import InvalidArguments
from toolpost_pictures.fetch import CANNOT, Fetcher, trust
from toolpost_pictures.url import NotCanonical, parse, redirected

EVERYWHERE, INWARDS = (
    [line.encode().decode("unicode_escape") for line in section.splitlines()[1:]]
    for section in Path(__file__).with_name("more_bypasses.txt").read_text().split("\n\n")
)
BEFORE_CONNECTING = (
    "not an address in its one plain form",
    "not https",
    "a local name or a port of another service",
    "an address is not public",
)
PUBLIC = "93.184.216.34"


def resolving(name: str):
    """Resolves all names to one address, and literals to themselves."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [host if ":" in host or host.replace(".", "").isdigit() else name]

    return resolve


@pytest.fixture
def reason(caplog: pytest.LogCaptureFixture):
    """Why an address is refused, in the operator's log."""
    caplog.set_level(logging.DEBUG, "toolpost.pictures")

    async def ask(fetcher: Fetcher, url: str) -> str:
        with pytest.raises(InvalidArguments) as refused:
            await fetcher.fetch(url)
        assert str(refused.value) == CANNOT, url
        return caplog.messages[-1].removeprefix("a picture was not fetched: ")

    return ask


def test_there_are_many():
    assert len({*EVERYWHERE, *INWARDS}) >= 550


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_they_are_refused_before_a_connection(anyio_backend: str, reason):
    outwards = Fetcher(await trust(None), 1000, seconds=30.0, allow_http=True, resolve=resolving(PUBLIC))
    inwards = Fetcher(await trust(None), 1000, seconds=30.0, allow_http=True, resolve=resolving("127.0.0.1"))
    for url in EVERYWHERE:
        assert await reason(outwards, url) in BEFORE_CONNECTING, url
    for url in (*EVERYWHERE, *INWARDS):
        assert await reason(inwards, url) in BEFORE_CONNECTING, url


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_redirect_leads_to_them(anyio_backend: str, reason):
    fetcher = Fetcher(await trust(None), 1000, seconds=30.0, allow_http=True, resolve=resolving("127.0.0.1"))
    here = parse("https://start.example.com/a/b")
    for location in (*EVERYWHERE, *INWARDS):
        try:
            there = redirected(here, location)
        except NotCanonical:
            continue
        # What is no address is a path where the redirect came from.
        if there.host != here.host:
            assert await reason(fetcher, str(there)) in BEFORE_CONNECTING, location


@pytest.mark.parametrize(
    "addresses",
    [
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "2606:4700::1111", "fd00::1"],
        [PUBLIC, "::ffff:127.0.0.1"],
        ["2606:4700::1111", "64:ff9b::a00:1"],
        ["2606:4700::1111", "2606:4700::1111%eth0"],
        [PUBLIC] * 50 + ["169.254.169.254"],
        [PUBLIC, "not an address"],
        [PUBLIC, ""],
        [],
    ],
)
async def test_a_name_with_one_inner_address_is_refused_whole(addresses: list[str], reason):
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    fetcher = Fetcher(await trust(None), 1000, seconds=30.0, resolve=resolve)
    assert await reason(fetcher, "https://mixed.example.com/") in (*BEFORE_CONNECTING, "no address answers")


async def test_redirects_to_them_are_not_followed_over_a_real_connection(plugin, web, drawn):
    from toolpost import Context

    web.serve_picture("/a.png", drawn())
    pictures = plugin(hosts=[f"localhost:{web.port}"])
    for url in EVERYWHERE[::25]:
        if url.isascii() and url.isprintable():
            web.redirect("/go", url)
            with pytest.raises(InvalidArguments, match="cannot be loaded"):
                await pictures.load(web.url("/go"), Context())
    assert {request.split()[1] for request in web.requests} <= {"/go", "/h%74tps://example.com/"}
