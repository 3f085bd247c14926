"""What a newcomer stumbled over, and must not again."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from toolpost import ConfigError, Tool
from toolpost.cli.arguments import arguments_of
from toolpost.config.environment import Variables
from toolpost.config.load import read

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"


async def look(image: str, prompt: str = "What is it?", detail: str = "auto") -> str:
    return image


def test_texts_fill_the_arguments_that_no_key_gives():
    assert arguments_of(Tool(look), ["Which colour?", "image=x"]) == {"image": "x", "prompt": "Which colour?"}
    assert arguments_of(Tool(look), ["x", "Which colour?"]) == {"image": "x", "prompt": "Which colour?"}


def test_a_picture_in_a_file_becomes_a_data_url(tmp_path: Path):
    (tmp_path / "p.png").write_bytes(PNG)
    given = arguments_of(Tool(look), [f"image=@{tmp_path / 'p.png'}"])
    assert given == {"image": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}


def test_a_plugin_cannot_be_required_and_disabled(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text("[plugins.pii]\nrequired = true\nenabled = false\n")
    with pytest.raises(ConfigError, match=r"config.toml:2: \[plugins.pii\] required: the plugin is required and not"):
        read(path, Variables({}))


def test_a_required_plugin_is_not_disabled_with_a_word():
    command = [sys.executable, "-m", "toolpost", "plugins", "disable", "pii"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "write required = false first" in done.stderr


SLOW = """
import time
from toolpost import Tool, hookimpl

class Slow:
    @hookimpl
    def tools(self):
        return [Tool(self.sleep)]

    def sleep(self) -> str:
        print("begun", flush=True)
        time.sleep(60)
        return ""
"""


def test_an_interrupted_call_says_so_and_nothing_else(tmp_path: Path):
    (tmp_path / "slow.py").write_text(SLOW)
    info = tmp_path / "slow-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[toolpost]\nslow = slow:Slow\n")
    (tmp_path / "config.toml").write_text("[plugins.timeout]\n[plugins.retry]\n[plugins.slow]\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TOOLPOST_CONFIG": str(tmp_path / "config.toml")}
    command = [sys.executable, "-m", "toolpost", "call", "sleep"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=20)
    assert (process.returncode, out, rest) == (130, "", "toolpost: interrupted\n")
