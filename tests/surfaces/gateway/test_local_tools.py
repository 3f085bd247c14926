"""The embedded model, which can call no tools: whoever gives it some is told so, and answered."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from openai import OpenAI
from test_local import USER, client  # noqa: F401  # the fixture

pytestmark = pytest.mark.slow
NOTE = "cannot call tools"
WEATHER: Any = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
FUNCTION: Any = {"type": "function", "function": WEATHER}
OFFICE: Any = {"type": "mcp", "server_label": "office", "require_approval": "never"}
TOOLS = [[], [FUNCTION], [OFFICE], [FUNCTION, OFFICE]]
ACTIVITY = {"toolpost": {"activity": True}}


@pytest.fixture
def http(client: OpenAI) -> httpx2.Client:  # noqa: F811  # a fixture too
    """What speaks to the routes beside `/v1`."""
    return httpx2.Client(base_url=str(client.base_url).removesuffix("/v1/"), timeout=120)


@pytest.mark.parametrize("tools", TOOLS)
def test_a_whole_answer_says_so(client: OpenAI, tools: list[Any]):  # noqa: F811
    made = client.chat.completions.create(
        model="chat.fast", messages=USER, max_completion_tokens=8, tools=tools, extra_body=ACTIVITY
    )
    message: Any = made.choices[0].message
    assert message.content
    assert message.tool_calls is None
    assert any(NOTE in note for note in message.toolpost["notes"])


def test_a_streamed_answer_says_so_at_its_end(client: OpenAI):  # noqa: F811
    stream = client.chat.completions.create(
        model="chat.fast",
        messages=USER,
        max_completion_tokens=8,
        tools=[FUNCTION],
        stream=True,
        extra_body=ACTIVITY,
    )
    told = [chunk.model_extra["toolpost"] for chunk in stream if chunk.model_extra]
    assert told[-1]["type"] == "answered"
    assert NOTE in told[-1]["notes"][0]


def test_a_conversation_says_so_and_goes_on(http: httpx2.Client):
    first = http.post("/chat", json={"message": "Say hello.", "tools": ["add"]}).json()
    assert first["response"]
    assert NOTE in first["notes"][0]
    session = first["session_id"]
    again = http.post("/chat", json={"message": "Say it again.", "session_id": session, "stream": True})
    name, told = again.text.strip().splitlines()[-2:]
    assert name == "event: done"
    assert NOTE in told
    turns = http.get(f"/chat/sessions/{session}").json()["turns"]
    assert [turn["state"] for turn in turns] == ["done", "done"]


def test_the_front_and_the_session_are_there_without_a_key(http: httpx2.Client):
    assert http.get("/").json()["links"]["Chat"]
    assert http.get("/chat/sessions").status_code == 200
