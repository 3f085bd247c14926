"""The processes of servers: what they see, and that none is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from hosting import HERE, HOSTILE, child, hosting, plugin_of, until

from toolpost_upstream.children.child import GUARD

pytestmark = pytest.mark.anyio
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def test_a_server_sees_only_what_was_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-you")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    server = child(HOSTILE, "environment", era="handshake", env={"TOKEN": "for you"})
    async with hosting({"one": server}) as host:
        seen = json.loads((await host.call("one_echo")).text)
        assert seen["TOKEN"] == "for you"
        assert seen["PATH"].startswith(os.environ["PATH"].split(os.pathsep)[0])
        assert seen["TOOLPOST_DEPTH"] == "1"
        assert str(Path(sys.executable).parent) in seen["PATH"].split(os.pathsep)
        surplus = set(seen) - {
            "TOOLPOST_DEPTH",
            "TOKEN",
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "SHELL",
            "LANG",
            "TZ",
            "TMPDIR",
        }
        # Python's own, where the locale is C.
        assert surplus <= {"LC_CTYPE", "LC_ALL", "__CF_USER_TEXT_ENCODING"}


async def test_a_toolpost_below_two_others_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLPOST_DEPTH", "1")
    async with hosting({"one": child(HOSTILE, "environment", era="handshake")}) as host:
        assert json.loads((await host.call("one_echo")).text)["TOOLPOST_DEPTH"] == "2"
    monkeypatch.setenv("TOOLPOST_DEPTH", "2")
    async with hosting({"one": child(HOSTILE, "good", era="handshake")}, retry=60) as host:
        (status,) = plugin_of(host).status()
        assert "could go on for ever" in status.sentence


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_none_is_left_two_seconds_after_its_host_was_killed(tmp_path: Path, number: int) -> None:
    # The path is in the command line of the server, of its guard, and of what the server forked into a session
    # of its own.
    mark = tmp_path / f"mark-{os.getpid()}-{number}"
    command = [sys.executable, str(HERE / "holding.py"), str(mark)]
    host = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert host.stdout is not None
    with host:
        assert host.stdout.readline() == "up\n"
        assert len(_with(mark)) >= 3
        host.send_signal(number)
        host.wait(10)
        until_then = time.monotonic() + 2
        while _with(mark) and time.monotonic() < until_then:
            time.sleep(0.02)
        assert _with(mark) == []


@LINUX
def test_none_is_left_when_its_host_ends_in_order(tmp_path: Path) -> None:
    mark = tmp_path / f"mark-{os.getpid()}-end"
    command = [sys.executable, str(HERE / "holding.py"), str(mark), "end"]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    assert _with(mark) == []


@LINUX
@pytest.mark.parametrize("way", ["chain", "wide", "hopping", "regrouped"])
def test_none_is_left_however_far_it_went_from_the_server(tmp_path: Path, way: str) -> None:
    mark = tmp_path / f"mark-{os.getpid()}-{way}"
    lifeline, host = os.pipe()
    server = [sys.executable, str(HERE / "forking.py"), str(mark), way]
    command = [sys.executable, "-I", "-S", str(GUARD), str(lifeline), *server]
    guard = subprocess.Popen(command, pass_fds=(lifeline,), stdout=subprocess.PIPE, text=True)
    os.close(lifeline)
    assert guard.stdout is not None
    with guard:
        assert guard.stdout.readline() == "up\n"
        os.close(host)
        assert guard.wait(20) == -signal.SIGKILL
    assert _with(mark) == []


@LINUX
async def test_none_is_a_zombie_and_no_descriptor_is_left(tmp_path: Path) -> None:
    server = child(HOSTILE, "dies", era="handshake")
    async with hosting({"one": server}, retry=0.5, retry_longest=0.5) as host:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            await until(lambda: "one_echo" in host.tools)
            with pytest.raises(Exception, match="may have been"):
                await host.call("one_echo")
            await until(lambda: "one_echo" not in host.tools)
        await until(lambda: "one_echo" in host.tools)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        states = [Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] for number in children]
        assert "Z" not in states
    assert plugin_of(host).status() == []


async def test_a_command_that_is_not_there_says_so() -> None:
    async with hosting({"one": {"command": "/no/such/command"}}, retry=60) as host:
        (status,) = plugin_of(host).status()
        assert "was not found" in status.sentence
    async with hosting({"one": {"command": sys.executable, "cwd": "/no/such/folder"}}, retry=60) as host:
        (status,) = plugin_of(host).status()
        assert "/no/such/folder" in status.sentence


async def test_a_thousand_cancelled_calls_leave_nothing_behind() -> None:
    async with hosting({"one": child(HOSTILE, "asking", era="handshake")}) as host:
        for _ in range(1000):
            with anyio.move_on_after(0) as scope:
                scope.cancel()
                await host.call("one_echo")
        from toolpost_upstream.wires.streamed import Streamed

        fleet = plugin_of(host)._fleet
        assert fleet is not None
        (link,) = fleet._links
        assert link.session is not None
        wire = link.session.wire
        assert isinstance(wire, Streamed)
        assert wire.pending == {}


def _with(mark: Path) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0] if folder.name.isdigit() else "Z"
            if state != "Z" and str(mark) in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
