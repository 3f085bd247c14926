"""Addresses that fooled somebody's guard: each must be refused before a connection is made.

The forms are those of the usual collections (PayloadsAllTheThings, SSRF bible,
Orange Tsai's "A new era of SSRF", the WHATWG URL tests), written anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from toolpost import Context, Host, InvalidArguments, Reader
from toolpost_pictures.fetch import CANNOT, Fetcher, trust

PRIVATE = [
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.5.4",
    "100.100.100.200",
    "192.0.0.192",
    "0.0.0.0",
]
HOSTS, SCHEMES, INVALID = (
    section.splitlines()[1:] for section in Path(__file__).with_name("bypasses.txt").read_text("utf-8").split("\n\n")
)
WHITE = ["\t", "\n", "\r", "\0", " ", "\x0b", "\x1f", "\x7f", "\u2028", "\xa0", "\ufeff", "\xad", "\u200b", "\u2060"]


def notations(address: str) -> Iterator[str]:
    """Ways to write an IPv4 address that some parser takes."""
    number, parts = int(IPv4Address(address)), [int(part) for part in address.split(".")]
    yield address
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield ".".join(hex(part) for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"{parts[0]}.0{parts[1]:o}.{hex(number & 0xFFFF)}"
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]"
    yield f"{address}."
    yield f"public@{address}"


URLS = [
    *(f"https://{host}/" for address in PRIVATE for host in notations(address)),
    *(f"{scheme}://{host}/" for host in HOSTS for scheme in ("https", "http")),
    *(f"{scheme}://127.0.0.1/x" for scheme in SCHEMES),
    *INVALID,
    *(f"https://exam{white}ple.com/" for white in WHITE),
    *(f"https://example.com{white}" for white in WHITE),
    *(f"{white}https://example.com/" for white in WHITE),
    *(f"https://example.com/a{white}b" for white in WHITE if white.isascii()),
    "https://" + "a" * 64 + ".com/",
    "https://" + ".".join(["a" * 60] * 5) + "/",
    "https://example.com/" + "a" * 10_000,
]
BEFORE_CONNECTING = (
    "not an address in its one plain form",
    "not https",
    "a local name or a port of another service",
    "an address is not public",
)


async def inwards(host: str, port: int) -> Sequence[str]:
    """Resolves names as an attacker's server would, and literals as themselves."""
    return [host if ":" in host or host.replace(".", "").isdigit() else "127.0.0.1"]


def test_the_list_is_long_enough():
    assert len(set(URLS)) >= 350


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_every_bypass_is_refused_before_a_connection(anyio_backend: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "toolpost.pictures")
    fetcher = Fetcher(await trust(None), max_bytes=1000, seconds=30.0, allow_http=True, resolve=inwards)
    for url in URLS:
        with pytest.raises(InvalidArguments) as refused:
            await fetcher.fetch(url)
        assert str(refused.value) == CANNOT, url
        assert caplog.messages[-1].removeprefix("a picture was not fetched: ") in BEFORE_CONNECTING, url


@pytest.mark.parametrize("url", URLS[::7])
async def test_the_plugin_refuses_them_too(plugin, url: str):
    reader = Reader()
    reader.bind(Host([]))
    with pytest.raises(InvalidArguments):
        await plugin(reader=reader).load(url, Context())
