"""Requests as Open WebUI sends them: recorded of 0.12.4, with other words in them and without descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from answering import Gate, events
from reaching import Reply

from toolpost.testing.openai import ToolUse, Turn, call_tool, fail, say, turn

RECORDED: Any = json.loads((Path(__file__).parent / "open_webui.json").read_text("utf-8"))
OWN = [tool["name"] for tool in RECORDED["tools"]]
HOSTS = {"add", "draw", "shred", "wait", "stumble"}
APIS = ("chat/completions", "responses")
BOTH = turn(
    Turn(["Let me see."], [ToolUse(OWN[0], "{}", "call_time"), ToolUse("add", '{"first": 2, "second": 3}', "call_add")])
)
# What its pipelines, and older versions of it, leave in requests that it passes on.
EXTRA: dict[str, Any] = {
    "chat_id": "6f1a",
    "session_id": "s-1",
    "tool_ids": ["server:0"],
    "files": [{"type": "file", "id": "f"}],
    "features": {"image_generation": False, "code_interpreter": False, "web_search": False, "memory": False},
    "variables": {"{{USER_NAME}}": "Ann", "{{CURRENT_DATE}}": "2026-11-20"},
    "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
    "params": {},
    "metadata": {"task": None},
    "user": {"name": "Ann", "id": "1", "email": "ann@example.com", "role": "admin"},
}


def body_of(name: str, api: str = "chat/completions", call_id: str = "CALL") -> Any:
    """A recorded request, with its tools as it writes them for this API."""
    body = json.loads(json.dumps(RECORDED[api][name]).replace('"CALL"', json.dumps(call_id)))
    if "tools" in body:
        functions = RECORDED["tools"]
        flat = [{"type": "function", **one, "strict": False} for one in functions]
        body["tools"] = flat if api == "responses" else [{"type": "function", "function": one} for one in functions]
    return body


def sent(gate: Gate, name: str, api: str = "chat/completions", **more: Any) -> Reply:
    """What a recorded request is answered."""
    body = {**body_of(name, api, more.pop("call_id", "CALL")), **more}
    return gate.server.request("POST", f"/v1/{api}", body, RECORDED["headers"])


def text_of(reply: Reply) -> str:
    """The text that it shows, of either API."""
    assert reply.status == 200, reply.body
    chunks = [choice["delta"].get("content") or "" for one in events(reply) for choice in one.get("choices", ())]
    return "".join(chunks) + "".join(
        one["delta"] for one in events(reply) if one.get("type") == "response.output_text.delta"
    )


def calls_of(reply: Reply) -> list[tuple[str, str]]:
    """The calls that it is to make, of either API: their ids and names."""
    assert reply.status == 200, reply.body
    deltas = [choice["delta"] for one in events(reply) for choice in one.get("choices", ())]
    chat = [(call["id"], call["function"]["name"]) for delta in deltas for call in delta.get("tool_calls", ())]
    items = [one["item"] for one in events(reply) if one.get("type") == "response.output_item.done"]
    return chat + [(item["call_id"], item["name"]) for item in items if item["type"] == "function_call"]


def test_models_are_listed_as_it_looks_for_them(gate: Gate):
    reply = gate.server.request("GET", "/v1/models", headers=RECORDED["headers"] | {"Content-Type": ...})
    assert reply.json["object"] == "list"
    assert all({"id", "object", "created", "owned_by"} <= row.keys() for row in reply.json["data"])


@pytest.mark.parametrize("api", APIS)
def test_the_model_has_its_tools_and_the_hosts(gate: Gate, api: str):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It is 5.")]
    reply = sent(gate, "second turn", api)
    assert text_of(reply).split() == ["Let", "me", "see.", "It", "is", "5."]
    assert calls_of(reply) == []
    assert {*OWN, *HOSTS} <= {tool["function"]["name"] for tool in gate.asked[0]["tools"]}


@pytest.mark.parametrize("api", APIS)
def test_it_makes_its_calls_and_the_host_its_own_in_one_turn(gate: Gate, api: str):
    gate.provider.replies += [BOTH, say("It is late, and 5.")]
    ((call_id, name),) = calls_of(sent(gate, "chat", api))
    assert name == OWN[0]
    assert text_of(sent(gate, "own tool called", api, call_id=call_id)) == "It is late, and 5."
    told = {one["tool_call_id"]: one["content"] for one in gate.asked[-1]["messages"] if one["role"] == "tool"}
    assert sorted("current_timestamp" in text for text in told.values()) == [False, True]
    assert "5" in told.values()


def test_a_stream_is_as_it_reads_them(gate: Gate):
    gate.provider.replies.append(say("Hello", ", you."))
    reply = sent(gate, "usage")
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.body.decode().splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    *chunks, counted = events(reply)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert counted["choices"] == []
    assert counted["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("name", ["title", "tags", "follow-ups"])
def test_what_it_asks_beside_the_chat_is_answered_whole(gate: Gate, name: str):
    gate.provider.replies.append(say('{"title": "🐱 A cat"}'))
    assert sent(gate, name).json["choices"][0]["message"]["content"] == '{"title": "🐱 A cat"}'


@pytest.mark.parametrize("api", APIS)
def test_its_task_parameters_leave_the_hosts_tools_out(gate: Gate, api: str):
    assert sent(gate, "title with task parameters", api).status == 200
    assert "tools" not in gate.asked[0]


@pytest.mark.parametrize("api", APIS)
def test_pictures_come_as_data(gate: Gate, api: str):
    assert sent(gate, "picture", api).status == 200
    *_, picture = gate.asked[0]["messages"][-1]["content"]
    assert picture["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize("name", ["picture of its tool", "after failures", "continued"])
def test_conversations_of_odd_shapes_are_taken(gate: Gate, name: str):
    gate.provider.replies.append(say("Fine."))
    assert text_of(sent(gate, name)) == "Fine."
    assert [one["role"] for one in gate.asked[0]["messages"]] == [one["role"] for one in body_of(name)["messages"]]


def test_its_parameters_reach_the_model(gate: Gate):
    assert sent(gate, "parameters").status == 200
    given = body_of("parameters")
    for name in ("temperature", "top_p", "seed", "stop", "frequency_penalty", "presence_penalty", "logit_bias"):
        assert gate.asked[0][name] == given[name]


@pytest.mark.parametrize("api", APIS)
def test_what_fails_before_the_first_word_is_an_error_that_it_shows(gate: Gate, api: str):
    gate.provider.replies.append(fail(500))
    reply = sent(gate, "chat", api)
    assert reply.status == 502
    assert "failed (500)" in reply.json["error"]["message"]


def test_none_of_what_it_may_add_reaches_the_model(gate: Gate):
    assert sent(gate, "chat", **EXTRA).status == 200
    assert "ann@example.com" not in str(gate.asked)
    assert "tool_ids" not in str(gate.asked)
