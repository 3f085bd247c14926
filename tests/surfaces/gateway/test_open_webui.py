"""Requests as Open WebUI sends them, with all that it adds of its own."""

from __future__ import annotations

from typing import Any

from answering import Gate, events

from toolpost.testing.openai import call_tool, say

PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
# What its own server and older versions of it leave in requests that it passes on.
EXTRA: dict[str, Any] = {
    "chat_id": "6f1a",
    "id": "a0b1",
    "session_id": "s-1",
    "parent_id": None,
    "parent_message": {},
    "tool_ids": ["server:0"],
    "tool_servers": [],
    "skill_ids": [],
    "files": [{"type": "file", "id": "f"}],
    "features": {"image_generation": False, "code_interpreter": False, "web_search": False, "memory": False},
    "variables": {"{{USER_NAME}}": "Ann", "{{CURRENT_DATE}}": "2026-11-20"},
    "model_item": {"id": "served-model", "owned_by": "openai", "info": {"params": {}}},
    "filter_ids": [],
    "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
    "params": {},
    "metadata": {"task": None},
    "user": {"name": "Ann", "id": "1", "email": "ann@example.com", "role": "admin"},
}
TITLE = "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history."


def test_models_are_listed_as_it_looks_for_them(gate: Gate):
    listed = gate.server.get("/v1/models").json
    assert listed["object"] == "list"
    assert all({"id", "object", "created", "owned_by"} <= row.keys() for row in listed["data"])


def test_a_chat_is_streamed(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It is 5.")]
    reply = gate.chat(stream=True, stream_options={"include_usage": True}, **EXTRA)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.body.decode().splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    *chunks, counted = events(reply)
    text = "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks)
    assert text == "Let me see.\n\nIt is 5."
    assert [one["choices"][0]["finish_reason"] for one in chunks][-1] == "stop"
    assert counted["choices"] == []
    assert counted["usage"]["total_tokens"] > 0


def test_none_of_what_it_adds_reaches_the_model(gate: Gate):
    gate.chat(**EXTRA)
    sent = str(gate.asked)
    assert "ann@example.com" not in sent
    assert "tool_ids" not in sent


def test_a_title_is_made(gate: Gate):
    gate.provider.replies.append(say('{"title": "🐱 A cat"}'))
    reply = gate.chat(TITLE, stream=False, max_completion_tokens=1000, metadata={"task": "title_generation"})
    assert reply.json["choices"][0]["message"]["content"] == '{"title": "🐱 A cat"}'


def test_pictures_come_as_data(gate: Gate):
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PNG}}]
    assert gate.chat(parts, stream=False, **EXTRA).status == 200
    assert gate.asked[0]["messages"][0]["content"][1]["image_url"]["url"] == PNG


def test_tools_of_its_own_are_returned_to_it(gate: Gate):
    gate.provider.replies.append(call_tool("get_time", zone="UTC"))
    tool = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
    reply = gate.chat(stream=True, tools=[tool], **EXTRA)
    deltas = [one["choices"][0]["delta"] for one in events(reply)]
    calls = [call for one in deltas for call in one.get("tool_calls", ())]
    assert [(call["index"], call["function"]["name"]) for call in calls] == [(0, "get_time")]
    assert events(reply)[-1]["choices"][0]["finish_reason"] == "tool_calls"
