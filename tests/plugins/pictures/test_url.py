"""An address is read in one way, or not at all."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost_pictures.url import NotCanonical, is_local_name, parse, redirected

NASTY = string.ascii_letters[:6] + string.digits[:3] + "/:@#?.%[]\\ \t\r\n\0xX-_＠．。⁄\u200b\xad\xa0ﬁⅫ①é"


@given(st.text(NASTY, max_size=30))
def test_what_is_read_is_read_alike_by_another_parser(rest: str):
    try:
        url = parse(f"https://{rest}")
    except NotCanonical:
        return
    other = urlsplit(f"https://{rest}")
    assert (other.hostname, other.port or 443, other.username) == (url.host, url.port, None)


@given(st.text(NASTY, max_size=30))
def test_an_address_that_was_read_once_reads_the_same_again(rest: str):
    try:
        url = parse(f"https://{rest}")
    except NotCanonical:
        return
    assert parse(str(url)) == url


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str):
    try:
        assert parse(text).host
    except NotCanonical:
        pass


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM/A.png?b=C#d", "https://example.com/A.png?b=C"),
        ("https://example.com?x", "https://example.com/?x"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://a-b.xn--mnchen-3ya.de/é.png", "https://a-b.xn--mnchen-3ya.de/%C3%A9.png"),
        ("https://1.1.1.1/a%20b", "https://1.1.1.1/a%20b"),
        ("https://[2606:4700:0::1111]/a@b", "https://[2606:4700::1111]/a@b"),
    ],
)
def test_ordinary_addresses_are_read(text: str, read: str):
    assert str(parse(text)) == read


@pytest.mark.parametrize(
    "location",
    [
        "//evil\\@b",
        "http://example.com/",
        "javascript:alert(1)",
        "https://a@b/",
        "https:///x",
        "https://b:0/",
        "\thttps://b/",
    ]
    + [
        "https://127.1/",
        "//0x7f000001/",
        "https://b/ x",
        "https://b/é",
        "data:image/png;base64,AA",
        "file:///etc/passwd",
    ],
)
def test_redirects_that_cannot_be_read_in_one_way_are_refused(location: str):
    with pytest.raises(NotCanonical):
        redirected(parse("https://example.com/a/b"), location)


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/c", "https://example.com/c"),
        ("c", "https://example.com/a/c"),
        ("../c", "https://example.com/c"),
        ("//other.org/c", "https://other.org/c"),
        ("https://other.org/c", "https://other.org/c"),
        ("?d", "https://example.com/a/b?d"),
    ],
)
def test_redirects_are_followed_as_browsers_do(location: str, there: str):
    assert str(redirected(parse("https://example.com/a/b"), location)) == there


@pytest.mark.parametrize(
    "host", ["localhost", "metadata", "a.localhost", "metadata.google.internal", "nas.local", "x.home.arpa"]
)
def test_names_that_never_lead_out_are_known(host: str):
    assert is_local_name(host)


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "2606:4700::1111"])
def test_other_names_are_not_local(host: str):
    assert not is_local_name(host)
