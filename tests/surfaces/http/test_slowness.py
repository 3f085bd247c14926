"""Clients that dribble, hold on or come in crowds keep no one else from being served."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from reaching import CONFIG, Reached, drained, parsed, reached

LIMITS = "[http]\npatience = 0.5\nconnections = 30\nconnections_per_address = 20\n"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    with reached(tmp_path_factory.mktemp("strict"), LIMITS + CONFIG) as server:
        yield server


def head(server: Reached, rest: str = "") -> bytes:
    return f"POST /mcp HTTP/1.1\r\nhost: localhost:{server.port}\r\n{rest}".encode()


@pytest.mark.parametrize("part", ["nothing", "half a head", "half a body", "a chunk without an end"])
def test_what_does_not_arrive_in_time_is_cut_off(strict: Reached, part: str):
    sent = {
        "nothing": b"",
        "half a head": head(strict, "x: y"),
        "half a body": head(strict, "content-length: 1000\r\n\r\n") + b"{",
        "a chunk without an end": head(strict, "transfer-encoding: chunked\r\n\r\n") + b"ff\r\n{",
    }[part]
    with strict.connect() as connection:
        connection.sendall(sent)
        answer = drained(connection)
    assert parsed(answer).status == 408
    strict.alive()


def test_a_body_that_dribbles_is_cut_off_although_something_always_comes(strict: Reached):
    with strict.connect() as connection:
        connection.sendall(head(strict, "content-length: 100000\r\n\r\n"))
        connection.settimeout(0.05)
        came = b""
        for _ in range(1000):
            try:
                connection.sendall(b" ")
                came += connection.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if came:
                break
    assert came == b"" or parsed(came).status == 408
    strict.alive()


def test_one_address_takes_only_its_share(strict: Reached):
    with ExitStack() as stack:
        held = [stack.enter_context(strict.connect()) for _ in range(21)]
        answer = b""
        with suppress(OSError):
            answer = drained(held[-1])
        assert answer == b"" or parsed(answer).status == 503
    strict.alive()


def test_those_that_are_held_do_not_hold_up_others(strict: Reached):
    with ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(strict.connect()).sendall(head(strict))
        for _ in range(20):
            strict.alive()


def test_a_reader_that_never_reads_is_cut_off(strict: Reached):
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'
    with strict.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = head(strict, f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n") + body
        connection.settimeout(30)
        with pytest.raises(OSError):  # noqa: PT012 - it takes many requests until the pipe is full
            while True:
                connection.sendall(request * 100)
    strict.alive()
