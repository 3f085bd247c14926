"""Calls that a rule wants confirmed, in Responses: nothing stands in an answer that was not called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from answering import Gate, answering

from toolpost.testing.openai import call_tool, say

OFFICE: Any = {"type": "mcp", "server_label": "office", "require_approval": "never"}
RULES = """
[plugins.policy]
rules = [{ do = "confirm", tools = ["add"] }]
"""


@pytest.fixture(scope="module")
def confirming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with answering(tmp_path_factory.mktemp("confirming"), rest=RULES) as gate:
        yield gate


@pytest.fixture
def gate(confirming: Gate) -> Gate:
    confirming.provider.replies.clear()
    confirming.provider.requests.clear()
    return confirming


def kinds(response: Any) -> list[str]:
    return [one.type for one in response.output]


def yes(wish: Any) -> Any:
    return {"type": "mcp_approval_response", "approval_request_id": wish.id, "approve": True}


def test_a_call_that_waits_for_a_yes_is_no_item_before_it_is_made(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("5.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="Hi", tools=[OFFICE])
    assert kinds(first) == ["mcp_list_tools", "message", "mcp_approval_request"]
    wish: Any = first.output[-1]
    later = client.responses.create(
        model="served-model", input=[yes(wish)], previous_response_id=first.id, tools=[OFFICE]
    )
    assert kinds(later) == ["mcp_call", "message"]
    call: Any = later.output[0]
    assert (call.status, call.output, call.approval_request_id) == ("completed", "5", wish.id)
    assert call.id not in {one.id for one in first.output}


def test_a_stream_ends_every_item_that_it_begins(gate: Gate):
    gate.provider.replies.append(call_tool("add", first=2, second=3))
    with gate.client().responses.stream(model="served-model", input="Hi", tools=[OFFICE]) as stream:
        events = list(stream)
    begun = [one.item.id for one in events if one.type == "response.output_item.added"]
    ended = [one.item.id for one in events if one.type == "response.output_item.done"]
    assert begun == ended
    assert not [one.type for one in events if "mcp_call" in one.type]


def test_a_call_that_was_confirmed_is_told_from_its_beginning_on(gate: Gate):
    gate.provider.replies += [call_tool("add", first=2, second=3), say("5.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="Hi", tools=[OFFICE])
    answer = [yes(first.output[-1])]
    with client.responses.stream(
        model="served-model", input=answer, previous_response_id=first.id, tools=[OFFICE]
    ) as stream:
        told = [one.type for one in stream if "mcp_call" in one.type]
    assert told[0] == "response.mcp_call.in_progress"
    assert told[-1] == "response.mcp_call.completed"


def test_a_confirmed_call_that_is_sent_back_is_one_call(gate: Gate):
    gate.provider.replies += [call_tool("add", first=2, second=3), say("5."), say("Yes, 5.")]
    client = gate.client()
    said: list[Any] = [{"role": "user", "content": "Hi"}]
    first = client.responses.create(model="served-model", input=said, tools=[OFFICE], store=False)
    said += [*(one.to_dict() for one in first.output), yes(first.output[-1])]
    later = client.responses.create(model="served-model", input=said, tools=[OFFICE], store=False)
    said += [*(one.to_dict() for one in later.output), {"role": "user", "content": "Sure?"}]
    last = client.responses.create(model="served-model", input=said, tools=[OFFICE], store=False)
    assert last.output_text == "Yes, 5."
    asked = gate.asked[-1]["messages"]
    assert [one["content"] for one in asked if one["role"] == "tool"] == ["5"]
    assert "toolpost_notes" not in (last.metadata or {})


def test_a_tool_that_asks_by_itself_was_called_and_is_called_anew(gate: Gate):
    gate.provider.replies += [call_tool("burn", name="plans"), say("Burnt.")]
    client = gate.client()
    with client.responses.stream(model="served-model", input="Hi", tools=[OFFICE]) as stream:
        events = list(stream)
        first = stream.get_final_response()
    begun = [one.item.id for one in events if one.type == "response.output_item.added"]
    assert begun == [one.item.id for one in events if one.type == "response.output_item.done"]
    assert kinds(first) == ["mcp_list_tools", "mcp_call", "mcp_approval_request"]
    tried: Any = first.output[1]
    assert tried.status == "failed"
    answer = [yes(first.output[-1])]
    later = client.responses.create(model="served-model", input=answer, previous_response_id=first.id, tools=[OFFICE])
    call: Any = later.output[0]
    assert (call.output, call.approval_request_id) == ("burnt plans", first.output[-1].id)
    assert call.id != tried.id
