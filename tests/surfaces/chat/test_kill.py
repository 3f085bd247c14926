"""A process that dies in the middle of a turn loses nothing that it acknowledged."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from talking import Reader, last_of, talked, until

from toolpost.testing import OpenAIServer
from toolpost.testing.openai import call_tool, hang, say


@pytest.mark.parametrize("where", ["before a word", "amid words", "in a tool", "after a tool"])
def test_a_killed_turn_leaves_a_session_to_go_on_with(tmp_path: Path, where: str):
    script = {
        "before a word": [hang()],
        "amid words": [hang(say("half an", " answer"), after=2)],
        "in a tool": [call_tool("look_up", word="blue"), call_tool("wait")],
        "after a tool": [call_tool("look_up", word="blue"), hang()],
    }[where]
    with OpenAIServer() as provider:
        with talked(tmp_path, provider.base_url) as talk:
            id = talk.begin("kept")
            provider.replies += script
            reader = Reader(talk, {"message": "broken", "session_id": id, "stream": True})
            reader.until(
                {"amid words": "text", "in a tool": "tool_advanced", "after a tool": "tool_ended"}.get(where, "session")
            )
            until(lambda: sum(request.method == "POST" for request in provider.requests) == 1 + len(script))
            if where in ("in a tool", "after a tool"):
                until(lambda: "blue means seven" in str(talk.transcript(id)["turns"][-1]["tools"]))
            talk.server.signal(signal.SIGKILL)
            talk.server.process.wait()
        with talked(tmp_path, provider.base_url) as talk:
            turns = talk.transcript(id)["turns"]
            assert [(turn["message"], turn["state"]) for turn in turns] == [("kept", "done"), ("broken", "open")]
            assert ("blue means seven" in str(turns[1]["tools"])) == (where in ("in a tool", "after a tool"))
            provider.answer = lambda request: say("echo ", last_of(request.body))(request) if request.body else None
            assert talk.say("after", id).json["response"] == "echo after"
            roles = [message["role"] for message in provider.requests[-1].body["messages"]]
            tools = ["assistant", "tool"] * (where in ("in a tool", "after a tool"))
            assert roles == ["user", "assistant", "user", *tools, "assistant", "user"]
            assert talk.say("again", id).status == 200
            assert len(talk.transcript(id)["turns"]) == 4


def test_whatever_was_answered_is_there_after_a_kill(tmp_path: Path):
    with OpenAIServer() as provider:
        provider.answer = lambda request: say("echo ", last_of(request.body))(request) if request.body else None
        with talked(tmp_path, provider.base_url) as talk:
            id = talk.begin("m0")
            for number in range(1, 10):
                assert talk.say(f"m{number}", id).status == 200
            talk.server.signal(signal.SIGKILL)
            talk.server.process.wait()
        with talked(tmp_path, provider.base_url) as talk:
            turns = talk.transcript(id)["turns"]
            assert [turn["response"] for turn in turns] == [f"echo m{number}" for number in range(10)]
