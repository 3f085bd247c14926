"""Nobody ever waits for whoever reads the log, and what goes wrong in it stays in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import logging, os, sys, threading, warnings
from toolpost.config.load import load
from toolpost.logs import log_to_stderr
log_to_stderr(load())
"""


def script(body: str) -> list[str]:
    return [sys.executable, "-c", START + body]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('[server]\nlog_level = "DEBUG"\nlog_format = "json"\n[plugins.a]\n')
    monkeypatch.setenv("TOOLPOST_CONFIG", str(tmp_path / "config.toml"))


def lines_of(body: str, status: int = 0) -> list[dict[str, str]]:
    done = subprocess.run(script(body), capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert "canary" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_lines_that_nobody_reads_are_dropped_and_counted():
    many = "for n in range(2000): logging.warning('%d %s', n, 'x' * 500)"
    body = many + "\nprint('done', flush=True)\ninput()\nlogging.warning('last')"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(script(body), text=True, **pipes) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        # It gets here without anybody having read a line.
        assert process.stdout.readline() == "done\n"
        first = os.read(process.stderr.fileno(), 1 << 20)
        process.stdin.write("\n")
        process.stdin.close()
        rest = process.stderr.read()
        assert process.wait() == 0
    kept = [json.loads(line)["message"] for line in first.decode().splitlines()]
    told = [json.loads(line)["message"] for line in rest.splitlines()]
    assert 0 < len(kept) < 2000
    assert told == [f"{2000 - len(kept)} lines were dropped, since nobody read them", "last"]


def test_others_who_share_stderr_find_it_as_it_was():
    (event,) = lines_of("logging.warning('%s', os.get_blocking(2))")
    assert event["message"] == "True"


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "2>/dev/null"])
def test_without_a_stderr_everything_goes_on(closing: str, tmp_path: Path):
    body = "logging.warning('canary')\nfile = open('other.txt', 'w+')\nlogging.warning('canary')\nprint(file.read())"
    (tmp_path / "body.py").write_text(START + body)
    command = f"{sys.executable} body.py {closing}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "\n"
    assert (tmp_path / "other.txt").read_text() == ""


def test_what_python_says_by_itself_is_an_event():
    found = lines_of(
        "class Last:\n  def __del__(self): raise ValueError('canary')\n"
        "def fail(): raise KeyError('canary')\n"
        "del_ = Last(); del del_\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "warnings.warn('password=canary1')\n"
        "raise RuntimeError('canary')",
        status=1,
    )
    assert [event["level"] for event in found] == ["ERROR", "ERROR", "WARNING", "CRITICAL"]
    assert [event["message"].splitlines()[0] for event in found[:2]] == [
        "a finalizer failed",
        "a thread of a plugin failed",
    ]
    assert found[2]["logger"] == "py.warnings"
    assert "builtins.RuntimeError" in found[3]["message"]


def test_an_event_that_cannot_be_shown_is_named_without_its_arguments():
    odd = "class Odd:\n  def __str__(self): raise ValueError('canary')\n"
    body = odd + "logging.warning('%s', Odd())\nlogging.warning('%d', 'canary')"
    said = [event["message"] for event in lines_of(body)]
    assert said == ["an event of root cannot be shown: ValueError", "an event of root cannot be shown: TypeError"]


def test_a_second_start_replaces_the_first():
    assert [event["message"] for event in lines_of("log_to_stderr(load())\nlogging.warning('once')")] == ["once"]


def test_a_fatal_error_is_told_by_names_alone():
    body = "import ctypes\ndef fail(text): ctypes.string_at(0)\nfail('canary')"
    done = subprocess.run(script(body), capture_output=True, text=True, check=False)
    assert done.returncode < 0
    assert "in fail" in done.stderr
    assert "canary" not in done.stderr
