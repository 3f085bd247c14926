from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .terminals import TOOLPOST, Terminal

SAMPLES = Path(__file__).parents[1] / "core/plugins/samples"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals of Unix")


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SAMPLES))
    monkeypatch.setenv("TERM", "xterm")
    Path("config.toml").write_text("[plugins.trace]\n[plugins.workbench]\n")


def call(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TOOLPOST, "call", *words], input=stdin, capture_output=True, text=True, check=False)


def test_stdout_carries_the_answer_and_nothing_that_a_plugin_prints():
    done = call("echo", "hi", "times=2")
    assert (done.returncode, done.stdout) == (0, "hihi\n")
    for text in ("printed while it is imported", "printed at start", "printed by a call", "written by a call"):
        assert text in done.stderr


def test_json_is_the_whole_result():
    done = call("echo", "é", "--json")
    result = json.loads(done.stdout)
    assert result["content"] == [{"type": "text", "text": "é"}]
    assert result["_meta"]["toolpost/trace"]


def test_stdin_is_the_text_where_a_dash_stands():
    assert call("echo", "-", stdin="from a pipe").stdout == "from a pipe\n"


def test_a_word_after_two_dashes_may_begin_with_one():
    assert call("echo", "--", "-5").stdout == "-5\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["fail"], 1, "toolpost: it did not work\n"),
        (["crash"], 1, "toolpost: crash failed unexpectedly (reference "),
        (["ask"], 1, "toolpost: this needs an answer from a person, and stdin is no terminal\n"),
        (["ecco"], 2, "toolpost: unknown tool 'ecco'; did you mean 'echo'?\n"),
        (["echo"], 2, "toolpost: text: required, and missing\n"),
        (["shapes", "colour=green"], 2, "toolpost: colour: input should be 'red' or 'blue'\n"),
        (["picture", "--save", "config.toml/x"], 1, "nothing can be saved there: "),
    ],
)
def test_a_failure_is_a_line_on_stderr_and_a_status(words: list[str], status: int, said: str):
    done = call(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "private detail" not in done.stderr


def test_a_failure_is_json_for_programs():
    done = call("fail", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (1, "ToolError")
    done = call("echo", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (2, "InvalidArguments")


def test_pictures_are_kept_where_one_wants_them():
    done = call("picture", "--save", "kept")
    (kept,) = Path("kept").iterdir()
    assert kept.read_bytes() == b"\x89PNG\r\n\x1a\n"
    assert "image/png" in done.stdout
    assert f"saved {Path('kept') / kept.name}" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_cancels_the_call(number: signal.Signals):
    started, cancelled = _fifo("started"), Path("cancelled")
    process = subprocess.Popen(
        [*TOOLPOST, "call", "wait", f"ready={started}", f"cancelled={cancelled}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for(started)
    process.send_signal(number)
    out, said = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert "toolpost: interrupted\n" in said
    assert cancelled.exists()


def test_an_interruption_ends_a_call_that_keeps_the_loop_busy():
    started = _fifo("started")
    command = [*TOOLPOST, "call", "spin", f"ready={started}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for(started)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert "toolpost: interrupted\n" in process.communicate()[1]


def _fifo(name: str) -> Path:
    os.mkfifo(name)
    return Path(name).absolute()


def _wait_for(fifo: Path) -> None:
    with fifo.open("rb") as opened:
        opened.read()


@pytest.fixture
def terminal() -> Iterator[list[Terminal]]:
    open_ones: list[Terminal] = []
    yield open_ones
    for one in open_ones:
        one.process.kill()


def test_a_bar_on_the_terminal_shows_how_far_a_call_is(terminal: list[Terminal]):
    terminal.append(command := Terminal("call", "steps"))
    assert command.end() == (0, "done\n")
    assert "[/bold] step" in command.shown


def test_there_is_no_bar_without_a_terminal():
    done = call("steps")
    assert done.stdout == "done\n"
    assert "step" not in done.stderr


def test_a_question_is_asked_in_the_terminal(terminal: list[Terminal]):
    terminal.append(command := Terminal("call", "ask"))
    command.until("Which size?")
    command.until("(small, large): ")
    command.type("huge\n")
    command.until("'huge' is not one of 'small', 'large'")
    command.type("large\n")
    command.until("[1]: ")
    command.type("2\n")
    command.until("Remark")
    command.type("\n")
    assert command.end() == (0, "2 large\n")


def test_a_person_may_leave_a_question(terminal: list[Terminal]):
    terminal.append(command := Terminal("call", "ask"))
    command.until("(small, large): ")
    command.type("\x04")
    assert command.end() == (1, "")
    assert "the person who was asked declined" in command.shown


def test_a_question_can_be_interrupted(terminal: list[Terminal]):
    terminal.append(command := Terminal("call", "ask"))
    command.until("(small, large): ")
    command.process.send_signal(signal.SIGINT)
    assert command.end() == (130, "")
