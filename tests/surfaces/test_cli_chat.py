"""`toolpost chat`, typed at a terminal and run by a program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolpost.testing import OpenAIServer
from toolpost.testing.openai import call_tool, cut, fail, hang, say

from .terminals import TOOLPOST, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals of Unix")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

DESK = f'''
from toolpost import Image, Tool, hookimpl


class Desk:
    @hookimpl
    def tools(self):
        yield Tool(self.look_up, read_only=True)
        yield Tool(self.tear_up, destructive=True)
        yield Tool(self.sketch, read_only=True)

    async def look_up(self, word: str) -> str:
        "Look a word up."
        return f"{{word}} means a turning machine"

    async def tear_up(self, page: int) -> str:
        "Tear a page out."
        return f"page {{page}} is gone"

    async def sketch(self) -> Image:
        "Sketch something."
        import base64
        return Image(base64.b64decode("{PIXEL}"), "image/png")
'''


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A provider, and a configuration that leads to it, with a plugin of three tools."""
    package = tmp_path / "path"
    info = package / "desk-1.0.dist-info"
    info.mkdir(parents=True)
    (package / "desk.py").write_text(DESK)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: desk\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\ndesk = desk:Desk\n")
    monkeypatch.setenv("PYTHONPATH", str(package))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TOOLPOST_HOME", str(tmp_path / "home"))
    with OpenAIServer() as server:
        Path("config.toml").write_text(
            f'[plugins.pii]\n[plugins.desk]\n[plugins.openai]\napi_key = "sk-test"\nbase_url = "{server.base_url}"\n'
            "[plugins.gateway]\n"
        )
        yield server


def chat(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TOOLPOST, "chat", *words], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


def asked(provider: OpenAIServer) -> list[str]:
    """Each message of the last request, as far as it is text."""
    messages = provider.requests[-1].body["messages"]
    return [message["content"] for message in messages if isinstance(message.get("content"), str)]


def test_one_question_is_answered_on_stdout_alone(provider: OpenAIServer):
    provider.replies.extend([call_tool("look_up", word="lathe"), say("A turning", " machine.")])
    done = chat("What is a lathe?")
    assert (done.returncode, done.stdout) == (0, "A turning machine.\n")
    assert "look_up(" in done.stderr
    assert "done in" in done.stderr


def test_what_is_on_stdin_belongs_to_the_question(provider: OpenAIServer):
    assert chat("Sum up:", stdin="a long story\n").returncode == 0
    assert asked(provider)[-1] == "Sum up:\n\na long story"


def test_nothing_to_ask_is_a_mistake(provider: OpenAIServer):
    done = chat()
    assert done.returncode == 2
    assert "there is nothing to ask" in done.stderr


def test_a_conversation_goes_on_in_another_process(provider: OpenAIServer):
    provider.replies.append(say("I shall remember it."))
    chat("My boat is called Ada.")
    assert chat("--continue", "What is it called?").returncode == 0
    assert asked(provider)[-3:] == ["My boat is called Ada.", "I shall remember it.", "What is it called?"]


def test_a_conversation_that_is_not_there_is_a_mistake(provider: OpenAIServer):
    done = chat("--session", "x" * 32, "hello")
    assert done.returncode == 2
    assert "toolpost chat --list" in done.stderr


def test_a_provider_that_fails_ends_it_with_a_reason(provider: OpenAIServer):
    provider.replies.append(fail(401, "bad key"))
    done = chat("hello")
    assert (done.returncode, done.stdout) == (1, "")
    assert "toolpost: " in done.stderr


def test_an_answer_that_breaks_off_is_a_failure(provider: OpenAIServer):
    provider.replies.append(cut(say("One", " two", " three"), after=3))
    assert chat("count").returncode == 1


def test_what_needs_a_yes_is_refused_where_nobody_can_say_it(provider: OpenAIServer):
    provider.replies.extend([call_tool("tear_up", page=3), say("I may not.")])
    done = chat("Tear out page 3")
    assert "page 3 is gone" not in json.dumps(provider.requests[-1].body)
    assert done.stdout == "I may not.\n"


def test_the_model_cannot_write_what_it_likes_on_the_terminal(provider: OpenAIServer):
    provider.replies.append(say("\x1b[2J\x1b]0;title\x07ni", "ce\u202e"))
    assert chat("hello").stdout == "[2J]0;titlenice\n"


def test_pictures_are_kept(provider: OpenAIServer, tmp_path: Path):
    provider.replies.extend([call_tool("sketch"), say("There.")])
    done = chat("--save", str(tmp_path / "kept"), "Sketch a lathe")
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.suffix == ".png"
    assert str(kept) in done.stderr


def test_a_picture_goes_with_the_question(provider: OpenAIServer, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert chat("--image", str(tmp_path / "a.png"), "What is this?").returncode == 0
    assert provider.requests[-1].body["messages"][-1]["content"][1]["type"] == "image_url"


def test_one_talks_until_one_leaves(provider: OpenAIServer):
    provider.replies.extend([say("Good morning."), say("Ada.")])
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Good morning\n")
    talk.next("Good morning.")
    talk.next("> ")
    talk.type("What is my name?\n")
    talk.next("Ada.")
    talk.next("> ")
    talk.type("\x04")
    status, _ = talk.end()
    assert status == 0
    assert asked(provider)[-3:] == ["Good morning", "Good morning.", "What is my name?"]


def test_ctrl_c_stops_the_answer_and_not_the_program(provider: OpenAIServer):
    provider.replies.extend(
        [hang(say("It was a dark and stormy night. " * 20, "The rain"), after=2), say("Here I am.")]
    )
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Tell me a story\n")
    talk.next("It was")
    talk.process.send_signal(signal.SIGINT)
    talk.next("(stopped)")
    assert provider.left.wait(5)
    talk.type("Still there?\n")
    talk.next("Here I am.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0


@pytest.mark.parametrize(("answer", "carried_out"), [("y", True), ("n", False)])
def test_a_call_that_may_destroy_is_asked_about(provider: OpenAIServer, answer: str, carried_out: bool):
    provider.replies.extend([call_tool("tear_up", page=3), say("Very well.")])
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Tear out page 3\n")
    talk.next("[a]lways")
    talk.type(f"{answer}\n")
    talk.next("Very well.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert ("page 3 is gone" in json.dumps(provider.requests[-1].body)) is carried_out


def test_a_slash_is_for_us(provider: OpenAIServer):
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    for typed, shown in {
        "/help": "/open ID",
        "/tools": "look_up",
        "/model gpt-x": "gpt-x answers",
        "/nope": "/nope",
    }.items():
        talk.type(f"{typed}\n")
        talk.next(shown)
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert provider.requests == []
