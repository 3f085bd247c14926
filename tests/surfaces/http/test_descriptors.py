"""A crowd, and few descriptors: those who do not fit are sent away, and the rest goes on."""

from __future__ import annotations

import resource
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import socket

import pytest
from reaching import CONFIG, Reached, drained, parsed, reached


def few() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def cpu(server: Reached) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_crowd_is_sent_away_and_then_served(tmp_path: Path):
    with reached(tmp_path, CONFIG, before=few) as server:
        with ExitStack() as stack:
            crowd = _crowd(server, stack)
            answers = [answer for answer in map(_came, crowd) if answer]
            assert answers
            assert {parsed(answer).status for answer in answers} == {503}
        for _ in range(20):
            server.alive()
        server.signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.stderr()


@pytest.mark.slow
def test_a_crowd_that_stays_is_no_work(tmp_path: Path):
    with reached(tmp_path, CONFIG, before=few) as server, ExitStack() as stack:
        for connection in _crowd(server, stack):
            _came(connection)
        used = cpu(server)
        # Whoever tries to accept what cannot be accepted tries all the time.
        time.sleep(2)
        assert cpu(server) - used < 1


def _crowd(server: Reached, stack: ExitStack) -> list[socket]:
    """More connections than fit."""
    crowd = []
    for _ in range(200):
        with suppress(OSError):
            crowd.append(stack.enter_context(server.connect()))
    return crowd


def _came(connection: socket) -> bytes:
    """What is there already."""
    connection.settimeout(0.02)
    with suppress(OSError):
        return drained(connection)
    return b""


def test_fewer_than_it_needs_are_named(tmp_path: Path):
    def too_few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (25, 25))

    with pytest.raises(AssertionError, match="ulimit -n"), reached(tmp_path, CONFIG, before=too_few):
        pass
