"""What commands say of plugins that a server beside them cannot call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import PATIENCE, Served, command, environment, served

CONFIG = "[plugins.pausing]\nrow = 2\nfirst = 600.0\n[plugins.status]\n[plugins.hostile]\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, CONFIG) as server:
        yield server.handshake()


def said(tmp_path: Path, *words: str) -> str:
    done = subprocess.run(
        command(*words), env=environment(tmp_path, CONFIG), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def until(tmp_path: Path, words: tuple[str, ...], is_so: Callable[[str], bool]) -> str:
    end = time.monotonic() + PATIENCE
    while not is_so(found := said(tmp_path, *words)):
        assert time.monotonic() < end, found
    return found


def state(listed: str) -> tuple[str, str]:
    return next((row["state"], row["reason"]) for row in json.loads(listed) if row["name"] == "hostile")


def test_a_plugin_that_a_running_server_has_paused_is_listed_so(server: Served, tmp_path: Path):
    assert state(said(tmp_path, "plugins", "list", "--json")) == ("enabled", "")
    for _ in range(2):
        server.call("raises", kind="ValueError")
    words = ("plugins", "list", "--json")
    found, reason = state(until(tmp_path, words, lambda listed: state(listed)[0] == "paused"))
    assert found == "paused"
    assert reason.startswith(f"paused in a running toolpost (pid {server.process.pid}) until ")
    assert "2 of its calls crashed in a row (reference " in reason
    assert f"warn  plugin 'hostile' is {reason}" in said(tmp_path, "doctor")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_nothing_is_said_of_a_server_that_is_gone(server: Served, tmp_path: Path):
    for _ in range(2):
        server.call("raises", kind="ValueError")
    words = ("plugins", "list", "--json")
    until(tmp_path, words, lambda listed: state(listed)[0] == "paused")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    assert state(said(tmp_path, *words)) == ("enabled", "")
