"""`toolpost chat`, typed at a terminal and run by a program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from toolpost.store.sqlite import SQLiteStore
from toolpost.testing import OpenAIServer
from toolpost.testing.openai import call_tool, cut, fail, hang, say

from .terminals import TOOLPOST, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals of Unix")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

DESK = f'''
from dataclasses import dataclass
from toolpost import Context, Image, Tool, hookimpl


@dataclass
class Order:
    sheets: int


class Desk:
    @hookimpl
    def tools(self):
        yield Tool(self.look_up, read_only=True)
        yield Tool(self.tear_up, destructive=True)
        yield Tool(self.sketch, read_only=True)
        yield Tool(self.linger, read_only=True)
        yield Tool(self.order, read_only=True)

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

    async def order(self, context: Context) -> str:
        "Order paper; how much, a person says."
        return f"{{(await context.ask('How much paper?', Order)).sheets}} sheets"

    async def linger(self, until: str) -> str:
        "Go on until there is a file, whoever wants it to end."
        import anyio
        with anyio.CancelScope(shield=True), anyio.fail_after(20):
            while not await anyio.Path(until).exists():
                await anyio.sleep(0.01)
        return "done"


class Own:
    "A model of our own, which calls no tools."

    name = "own"

    class abilities:
        tools = images = False

    async def connect(self, report):
        return Place


class Place:
    base_url, api_key, model = "{{URL}}", "none", "tiny"
'''


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A provider, and a configuration that leads to it, with a plugin of three tools."""
    package = tmp_path / "path"
    info = package / "desk-1.0.dist-info"
    info.mkdir(parents=True)
    (package / "desk.py").write_text(DESK.replace("{URL}", ""))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: desk\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\ndesk = desk:Desk\nown = desk:Own\n")
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


def test_ctrl_c_stops_a_message_too_that_waits_for_the_answer_before(provider: OpenAIServer, tmp_path: Path):
    provider.replies.extend([call_tool("linger", until=str(tmp_path / "end")), say("Here I am.")])
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Linger\n")
    talk.next("linger(")
    talk.process.send_signal(signal.SIGINT)
    for words in ("Still there?", "And now?"):
        talk.next("(stopped)")
        talk.type(f"{words}\n")
        talk.next("has not ended yet")
        if words == "Still there?":
            talk.process.send_signal(signal.SIGINT)
    (tmp_path / "end").touch()
    talk.next("Here I am.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert "And now?" in asked(provider)
    assert "Still there?" not in asked(provider)


def test_a_form_is_filled_in_by_the_person_at_the_terminal(provider: OpenAIServer):
    provider.replies.extend([call_tool("order"), say("It is ordered.")])
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Order paper\n")
    talk.next("How much paper?")
    talk.next("Sheets")
    talk.type("5\n")
    talk.next("It is ordered.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert "5 sheets" in asked(provider)


def test_a_form_without_anybody_to_fill_it_in_is_no_refusal_of_theirs(provider: OpenAIServer):
    provider.replies.extend([call_tool("order"), say("I cannot order it.")])
    assert chat("Order paper").stdout == "I cannot order it.\n"
    assert "cannot ask" in asked(provider)[-1]
    assert "declined" not in asked(provider)[-1]


def test_a_conversation_that_was_deleted_elsewhere_gives_way_to_another(provider: OpenAIServer, tmp_path: Path):
    provider.replies.extend([say("Good morning."), say("Hello again.")])
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Good morning\n")
    talk.next("Good morning.")
    talk.next("> ")
    anyio.run(SQLiteStore(tmp_path / "home" / "data" / "toolpost.sqlite3").clear, "gateway")
    talk.type("Still there?\n")
    talk.next("not there any more")
    talk.type("Hello\n")
    talk.next("Hello again.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0


def test_pictures_that_cannot_be_kept_are_told_of(provider: OpenAIServer, tmp_path: Path):
    (tmp_path / "file").touch()
    provider.replies.extend([call_tool("sketch"), say("There.")])
    done = chat("--save", str(tmp_path / "file" / "below"), "Sketch a lathe")
    assert (done.returncode, done.stdout) == (0, "There.\n")
    assert "--save names another folder" in done.stderr


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


def test_what_was_typed_before_a_question_does_not_answer_it(provider: OpenAIServer, tmp_path: Path):
    provider.replies.extend(
        [call_tool("linger", until=str(tmp_path / "end")), call_tool("tear_up", page=3), say("Very well.")]
    )
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Linger, then tear out page 3\n")
    talk.next("linger(")
    talk.type("a\n")
    talk.next("a\r\n")
    (tmp_path / "end").touch()
    talk.next("[a]lways")
    talk.type("n\n")
    talk.next("Very well.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert "page 3 is gone" not in json.dumps(provider.requests[-1].body)


def test_lines_that_are_pasted_are_one_message(provider: OpenAIServer):
    provider.replies.append(say("Three."))
    talk = Terminal("chat", whole=True)
    talk.next("\x1b[?2004h")
    talk.type("\x1b[200~one\ntwo\nthree\x1b[201~\n")
    talk.next("Three.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert asked(provider)[-1] == "one\ntwo\nthree"


def test_what_is_no_picture_is_told_before_the_message(provider: OpenAIServer):
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("/image config.toml\n")
    talk.next("not the name of a picture")
    talk.type("Go on\n")
    talk.next("Hello, world.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0


def test_a_slash_is_for_us(provider: OpenAIServer):
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    for typed, shown in {
        "/help": "/open ID",
        "/tools": "look_up  Look a word up.",
        "/model served-modl": "did you mean 'served-model'?",
        "/model": "chat.fast answers",
        "/model served-model": "served-model answers",
        "/model chat.best": "chat.best answers",
        "/nope": "/nope",
    }.items():
        talk.type(f"{typed}\n")
        talk.next(shown)
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert [request.path for request in provider.requests if request.method == "POST"] == []


def test_what_is_gone_on_with_is_shown_first(provider: OpenAIServer):
    provider.replies.append(say("I shall remember it."))
    chat("My boat is called Ada.")
    talk = Terminal("chat", "--continue", whole=True)
    for shown in ("My boat is called Ada.", "> My boat is called Ada.", "I shall remember it.", "> "):
        talk.next(shown)
    talk.type("/new\n/open " + chat("--list").stdout.split()[0] + "\n")
    talk.next("A new conversation.")
    talk.next("> My boat is called Ada.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0


def test_the_list_asks_nothing_of_stdin(provider: OpenAIServer):
    chat("My boat is called Ada.")
    done = chat("--list")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("  My boat is called Ada.\n")
    process = subprocess.Popen([*TOOLPOST, "chat", "--list"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    try:
        # Nobody closes the pipe until it has ended.
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()


def test_who_waits_for_a_pipe_is_told(provider: OpenAIServer):
    process = subprocess.Popen(
        [*TOOLPOST, "chat", "Sum up:"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        assert "reading stdin to its end" in process.stderr.readline()
        out, _ = process.communicate("a long story", timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "Hello, world.\n")
    assert asked(provider)[-1] == "Sum up:\n\na long story"


def test_a_question_about_a_call_says_whose_the_tool_is(provider: OpenAIServer):
    provider.replies.extend(
        [call_tool("tear_up", page=3), say("Very well."), call_tool("tear_up", page=4), say("Done.")]
    )
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("Tear out page 3\n")
    talk.next("tear_up, of desk: it may change or destroy something")
    talk.next("[a]lways")
    talk.type("a\n")
    talk.next("Very well.")
    talk.next("> ")
    talk.type("And page 4\n")
    talk.next("Done.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert talk.shown.count("[a]lways") == 1
    assert "page 4 is gone" in json.dumps(provider.requests[-1].body)


def test_a_model_that_is_not_there_is_nothing_to_a_provider_that_lists_none(provider: OpenAIServer):
    provider.answer = lambda request: fail(404)(request) if request.method == "GET" else None
    talk = Terminal("chat", whole=True)
    talk.next("> ")
    talk.type("/model anything\n")
    talk.next("anything answers")
    talk.type("/quit\n")
    assert talk.end()[0] == 0


def test_what_a_provider_says_of_a_failure_holds_nothing_unseen(provider: OpenAIServer):
    provider.replies.append(fail(400, "no\u200b such\u200f \u061cthing\ufeff\U000e0041 at\u2028all"))
    assert "no such thing at all" in chat("hello").stderr


def test_an_answer_has_no_line_ends_but_its_own(provider: OpenAIServer):
    provider.replies.append(say("one\u2028two\u2029thr\U000e0041ee"))
    assert chat("hello").stdout == "one\ntwo\nthree\n"


def test_a_model_that_cannot_use_tools_is_told_of_once(provider: OpenAIServer, tmp_path: Path):
    desk = tmp_path / "path" / "desk.py"
    desk.write_text(DESK.replace("{URL}", provider.base_url))
    Path("config.toml").write_text(
        "[plugins.pii]\n[plugins.desk]\n[plugins.own]\n[plugins.openai]\n[plugins.gateway]\n"
    )
    talk = Terminal("chat", whole=True)
    talk.next("cannot use tools: set OPENAI_API_KEY")
    for _ in range(2):
        talk.next("> ")
        talk.type("hello\n")
        talk.next("Hello, world.")
    talk.type("/quit\n")
    assert talk.end()[0] == 0
    assert talk.shown.count("tools") == 1
