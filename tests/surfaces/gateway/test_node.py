"""The official Node SDK as a client: its streams, its runner of tools, its errors."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import Gate, answering
from locked import installed, node

from toolpost.testing.openai import ToolUse, Turn, call_tool, cut, say, turn

pytestmark = pytest.mark.slow
Talk = Callable[[str], Any]


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the SDK is, as the lock file says; a second run needs no network."""
    made = installed()
    shutil.copy(Path(__file__).parent / "npm" / "talk.mjs", made / "talk.mjs")
    return made


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with answering(tmp_path_factory.mktemp("gateway"), retries=False) as gate:
        yield gate


@pytest.fixture
def talk(gate: Gate, folder: Path) -> Talk:
    """Has a client of Node do something, and tells what it saw."""

    def talk(what: str) -> Any:
        command = [node() / "bin" / "node", "talk.mjs", gate.url, what]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return talk


def test_an_answer_is_whole(gate: Gate, talk: Talk):
    gate.provider.replies.append(say("It rains."))
    seen = talk("chat")
    assert seen["text"] == "It rains."
    assert seen["usage"] > 0
    assert seen["id"]


def test_an_answer_is_streamed(gate: Gate, talk: Talk):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=1, second=2), say("It", " rains.")]
    seen = talk("stream")
    assert seen["text"] == seen["seen"] == "Let me see.\n\nIt rains."
    assert seen["usage"] > 0


@pytest.mark.parametrize("way", ["tools", "streamedTools"])
def test_the_runner_of_tools_calls_its_own_also_for_a_model_that_thinks(gate: Gate, talk: Talk, way: str):
    use = ToolUse("weather", '{"city": "Oslo"}', "call_a")
    thinking = turn(Turn([], [use], "tool_calls", thoughts=("Where", " is that?")))
    gate.provider.replies += [thinking, turn(Turn(["It rains."], thoughts=("Wet", "."))), say("never")]
    assert talk(way) == {"text": "It rains.", "asked": ["Oslo"]}


def test_a_response_is_whole(gate: Gate, talk: Talk):
    gate.provider.replies += [call_tool("add", first=1, second=2), say("It is 3.")]
    assert talk("response") == {
        "text": "It is 3.",
        "items": ["mcp_list_tools", "mcp_call", "message"],
        "status": "completed",
    }


def test_a_response_is_streamed(gate: Gate, talk: Talk):
    gate.provider.replies += [call_tool("add", first=1, second=2), say("It is 3.")]
    seen = talk("responses")
    assert seen["text"] == "It is 3."
    assert seen["items"] == ["mcp_list_tools", "mcp_call", "message"]
    assert seen["kinds"][0] == "response.created"
    assert seen["kinds"][-1] == "response.completed"


def test_models_are_listed(talk: Talk):
    assert "served-model" in talk("models")["names"]


def test_a_stream_that_breaks_raises(gate: Gate, talk: Talk):
    gate.provider.replies.append(cut(say(*["It slept all day and all night. "] * 40), after=30))
    seen = talk("broken")
    assert seen["seen"]
    assert seen["error"] == "APIError"


def test_a_refusal_names_the_field(talk: Talk):
    assert talk("refused") == {
        "error": "BadRequestError",
        "status": 400,
        "param": "temperature",
        "code": "invalid_type",
    }
