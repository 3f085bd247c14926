from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from toolpost import PluginError
from toolpost.packages.running import run, shown


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_its_words_are_the_answer():
    assert run(script("print('one'); print('two')")) == ["one", "two"]


def test_a_failure_shows_the_errors_and_not_the_rest_and_no_password():
    text = "for i in range(500): print('Collecting', i)\nprint('ERROR: no https://me:canary@x/y'); raise SystemExit(4)"
    with pytest.raises(PluginError, match="failed with status 4") as caught:
        run(script(text))
    (note,) = caught.value.__notes__
    assert note == "  ERROR: no https://(hidden)@x/y"


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(PluginError, match="'/nowhere/uv' cannot be run"):
        run(["/nowhere/uv"])


def test_a_command_is_shown_as_it_would_be_typed():
    assert shown(["pip", "install", "a >= 1", "--index-url", "https://me:canary@x"]) == (
        "pip install 'a >= 1' --index-url https://(hidden)@x"
    )


@pytest.mark.skipif(os.name == "nt", reason="a terminal's Ctrl-C is another thing there")
def test_ctrl_c_lets_the_installer_end_first(tmp_path: Path):
    installer = (
        "import time\n"
        "try:\n print('begun', flush=True)\n time.sleep(60)\n"
        f"except KeyboardInterrupt: open({str(tmp_path / 'cleaned')!r}, 'w').close()"
    )
    code = (
        "import sys; from toolpost.packages import running\n"
        "running._status = lambda line: line and print(line, flush=True)\n"
        f"running.run([sys.executable, '-c', {installer!r}])"
    )
    child = subprocess.Popen(
        script(code), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, said = child.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    assert (tmp_path / "cleaned").exists()
