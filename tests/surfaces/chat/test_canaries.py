"""Many conversations at once: nothing of one is ever seen in another, nothing is lost, and order is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from talking import WHO, Talked, last_of, talked

from toolpost.testing import OpenAIServer
from toolpost.testing.openai import say

CANARY = re.compile(r"canary-\d+-\d+")


@pytest.fixture
def echoing() -> Iterator[OpenAIServer]:
    """A model that says all that it was sent."""

    def answer(request):
        if request.body is None:
            return None
        seen = dict.fromkeys(CANARY.findall(json.dumps(request.body["messages"])))
        return say(last_of(request.body), " | ", *seen)(request)

    with OpenAIServer() as provider:
        # It expects five who wait to be let in, and resets others.
        provider._http.socket.listen(128)
        provider.answer = answer
        yield provider


def converse(talk: Talked, number: int, turns: int) -> tuple[int, str, list[str]]:
    """A conversation, whose every answer is looked at."""
    who, id, answers = WHO[number % 2], None, []
    for turn in range(turns):
        reply = talk.say(f"canary-{number}-{turn}", id, who, stream=turn % 3 == 0)
        assert reply.status == 200, reply
        told = reply.told("done")[0] if turn % 3 == 0 else reply.json
        id = told["session_id"]
        answers.append(told["response"])
    return number, str(id), answers


@pytest.mark.parametrize(
    ("sessions", "turns"), [(12, 8), pytest.param(50, 40, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_no_conversation_sees_another(tmp_path: Path, echoing: OpenAIServer, sessions: int, turns: int):
    with talked(tmp_path, echoing.base_url, "session_tokens = 100000") as talk, ThreadPoolExecutor(16) as threads:
        for number, id, answers in threads.map(lambda number: converse(talk, number, turns), range(sessions)):
            mine = [f"canary-{number}-{turn}" for turn in range(turns)]
            for turn, answer in enumerate(answers):
                assert CANARY.findall(answer) == [mine[turn], *mine[: turn + 1]]
            kept = talk.transcript(id, WHO[number % 2])["turns"]
            assert [turn["message"] for turn in kept] == mine
            assert [turn["response"] for turn in kept] == answers
            assert talk.get(f"/chat/sessions/{id}", WHO[1 - number % 2]).status == 404
