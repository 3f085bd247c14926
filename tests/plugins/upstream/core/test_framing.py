"""Responses of HTTP/1.1, however they are cut up on their way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost_upstream.wires.framing import Framing
from toolpost_upstream.wires.wire import Lost

OK = b"HTTP/1.1 200 OK\r\n"
BODIES = {
    "length": (OK + b"Content-Length: 5\r\n\r\nhello", True),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", True),
    "the end": (OK + b"\r\nhello", False),
    "after something told": (b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n" + OK + b"content-length:5\r\n\r\nhello", True),
    "an old version": (b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello", False),
    "a last word": (OK + b"connection: close\r\ncontent-length: 5\r\n\r\nhello", False),
}
WRONG = {
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "no status": b"HTTP/1.1 two OK\r\n\r\n",
    "no header": OK + b"what is this\r\n\r\n",
    "a folded header": OK + b"a: b\r\n c\r\n\r\n",
    "two lengths": OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "a length and chunks": OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    "a length below zero": OK + b"content-length: -5\r\n\r\nhello",
    "a length of letters": OK + b"content-length: \xc2\xb2\r\n\r\nhello",
    "another coding": OK + b"transfer-encoding: gzip\r\n\r\n",
    "a content that is packed": OK + b"content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello",
    "a chunk of no size": OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "a chunk that is longer": OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n",
    "a size without end": OK + b"transfer-encoding: chunked\r\n\r\n" + b"1" * 5000,
    "headers without end": OK + b"a: b\r\n" * 20_000,
}


def read(framing: Framing, pieces: list[bytes]) -> bytes:
    found = b""
    for piece in pieces:
        framing.feed(piece)
        if framing.status or framing.head():
            found += framing.take()
    return found


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(one % len(data) for one in at)})
    return [data[a:b] for a, b in zip(edges, edges[1:], strict=False)]


@pytest.mark.parametrize("kind", BODIES)
@given(at=st.lists(st.integers(0, 200), max_size=8))
def test_a_body_is_whole_however_it_is_cut(kind: str, at: list[int]) -> None:
    data, keeps = BODIES[kind]
    framing = Framing()
    assert read(framing, cut(data, at)) == b"hello"
    if not framing.done:
        framing.feed(b"")
    assert (framing.status, framing.done, framing.keeps) == (200, True, keeps)


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_response_is_refused(kind: str) -> None:
    with pytest.raises(Lost):
        read(Framing(), [WRONG[kind]])


@pytest.mark.parametrize("kind", ["length", "chunks"])
def test_a_body_that_ends_too_early_is_lost(kind: str) -> None:
    data, _ = BODIES[kind]
    framing = Framing()
    read(framing, [data[:-1]])
    with pytest.raises(Lost, match="broke off"):
        framing.feed(b"")


def test_what_comes_after_a_response_ends_the_connection() -> None:
    framing = Framing()
    read(framing, [OK + b"content-length: 5\r\n\r\nhello" + OK])
    assert framing.done
    assert not framing.keeps


@pytest.mark.parametrize("status", [204, 304])
def test_some_have_no_body(status: int) -> None:
    framing = Framing()
    read(framing, [b"HTTP/1.1 %d Fine\r\n\r\n" % status])
    assert framing.done


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_do_no_harm(data: bytes) -> None:
    framing = Framing()
    try:
        read(framing, [data, b""])
    except Lost:
        return
    assert framing.done
