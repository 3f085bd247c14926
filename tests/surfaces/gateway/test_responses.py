"""Responses through the official SDK: whole and streamed, with tools, approvals, and answers that are gone on from."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from answering import Gate
from pydantic import BaseModel

from toolpost.testing.openai import ToolUse, Turn, call_tool, fail, say, turn

WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
OFFICE: Any = {"type": "mcp", "server_label": "office", "require_approval": "never"}
ASKING: Any = {"type": "mcp", "server_label": "office"}


class Point(BaseModel):
    x: int
    y: int


def test_an_answer_is_whole(gate: Gate):
    gate.provider.replies.append(say("Hello,", " world."))
    answer = gate.client().responses.create(model="served-model", input="Hi", instructions="Be brief.")
    assert answer.output_text == "Hello, world."
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.instructions == "Be brief."
    assert [one["role"] for one in gate.asked[0]["messages"]] == ["system", "user"]


def test_a_stream_tells_the_same_as_the_whole(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It", " is 5.")]
    with gate.client().responses.stream(model="served-model", input="Hi", tools=[OFFICE]) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [one.sequence_number for one in events if one.type != "response.completed"] == list(range(len(events) - 1))
    kinds = [one.type for one in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    for kind in (
        "response.mcp_list_tools.completed",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.mcp_call.in_progress",
        "response.mcp_call_arguments.done",
        "response.mcp_call.completed",
        "response.output_item.done",
        "response.completed",
    ):
        assert kind in kinds
    assert [item.type for item in final.output] == ["mcp_list_tools", "message", "mcp_call", "message"]
    assert final.output_text == "Let me see.\n\nIt is 5."
    call: Any = final.output[2]
    assert (call.name, call.server_label, call.status, call.error) == ("add", "office", "completed", None)
    assert "5" in call.output


def test_a_call_that_failed_says_so(gate: Gate):
    gate.provider.replies += [call_tool("stumble"), say("It failed.")]
    answer = gate.client().responses.create(model="served-model", input="Hi", tools=[OFFICE])
    call: Any = next(item for item in answer.output if item.type == "mcp_call")
    assert call.status == "failed"
    assert call.error.type == "mcp_tool_execution_error"
    assert "wet" in call.error.content[0]["text"]


def test_calls_of_the_callers_functions_are_returned(gate: Gate):
    gate.provider.replies += [call_tool("weather", city="Oslo"), say("It rains.")]
    with gate.client().responses.stream(model="served-model", input="Hi", tools=[WEATHER]) as stream:
        kinds = [one.type for one in stream]
        first = stream.get_final_response()
    assert "response.function_call_arguments.delta" in kinds
    assert "response.function_call_arguments.done" in kinds
    call: Any = first.output[0]
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "weather", {"city": "Oslo"})
    output: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}]
    later = gate.client().responses.create(
        model="served-model", input=output, previous_response_id=first.id, tools=[WEATHER]
    )
    assert later.output_text == "It rains."
    assert [one["role"] for one in gate.asked[-1]["messages"]] == ["user", "assistant", "tool"]


def test_items_can_be_sent_back_by_the_caller(gate: Gate):
    uses = [ToolUse("add", '{"first": 1, "second": 2}', "call_a"), ToolUse("weather", '{"city": "Rome"}', "call_b")]
    gate.provider.replies += [turn(Turn(["Looking."], uses, "tool_calls")), say("It is 3, and it rains.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="Hi", tools=[WEATHER, OFFICE], store=False)
    assert {item.type for item in first.output} >= {"message", "mcp_call", "function_call"}
    picture = {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"}
    output = [{"type": "input_text", "text": "rain"}, picture]
    history: Any = [
        {"role": "user", "content": "Hi"},
        *[item.to_dict() for item in first.output],
        {"type": "function_call_output", "call_id": "call_b", "output": output},
    ]
    later = client.responses.create(model="served-model", input=history, tools=[WEATHER, OFFICE], store=False)
    assert later.output_text == "It is 3, and it rains."
    assert not any(item.type == "mcp_list_tools" for item in later.output)
    messages = gate.asked[-1]["messages"]
    called = {call["id"] for one in messages for call in one.get("tool_calls", ())}
    assert called == {one["tool_call_id"] for one in messages if one["role"] == "tool"}


def test_an_answer_is_gone_on_from(gate: Gate):
    gate.provider.replies += [say("Hello, Ann."), say("You are Ann.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="I am Ann.", instructions="Be kind.")
    later = client.responses.create(model="served-model", input="Who am I?", previous_response_id=first.id)
    assert later.previous_response_id == first.id
    assert [one["content"] for one in gate.asked[-1]["messages"]] == ["I am Ann.", "Hello, Ann.", "Who am I?"]


def test_an_answer_is_kept_until_it_is_deleted(gate: Gate):
    client = gate.client()
    made = client.responses.create(model="served-model", input="Hi")
    assert client.responses.retrieve(made.id).output_text == made.output_text
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="served-model", input="Hi", previous_response_id=made.id)


def test_an_answer_is_not_kept_where_it_must_not_be(gate: Gate):
    client = gate.client()
    made = client.responses.create(model="served-model", input="Hi", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


@pytest.mark.parametrize("name", ["resp_1", "resp_" + "0" * 44, "../x", "resp_" + "z" * 44])
def test_an_invented_name_is_not_found(gate: Gate, name: str):
    with pytest.raises(openai.NotFoundError):
        gate.client().responses.create(model="served-model", input="Hi", previous_response_id=name)


@pytest.mark.parametrize(("approve", "output"), [(True, "shredded plans"), (False, "")])
def test_a_call_that_needs_a_yes_waits_for_it(gate: Gate, approve: bool, output: str):
    gate.provider.replies += [call_tool("shred", name="plans"), say("Well.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="Hi", tools=[ASKING])
    wish: Any = first.output[-1]
    assert (wish.type, wish.name, wish.server_label) == ("mcp_approval_request", "shred", "office")
    assert json.loads(wish.arguments) == {"name": "plans"}
    answer: Any = [{"type": "mcp_approval_response", "approval_request_id": wish.id, "approve": approve}]
    later = client.responses.create(model="served-model", input=answer, previous_response_id=first.id, tools=[ASKING])
    assert later.output_text == "Well."
    told = gate.asked[-1]["messages"][-1]
    assert told["role"] == "tool"
    assert output in told["content"]
    assert ("shredded" in told["content"]) is approve


def test_a_yes_can_be_given_to_items_that_are_sent_back(gate: Gate):
    gate.provider.replies += [call_tool("shred", name="plans"), say("Done.")]
    client = gate.client()
    first = client.responses.create(model="served-model", input="Hi", tools=[ASKING], store=False)
    wish = first.output[-1]
    history: Any = [
        {"role": "user", "content": "Hi"},
        *[item.to_dict() for item in first.output],
        {"type": "mcp_approval_response", "approval_request_id": wish.id, "approve": True},
    ]
    later = client.responses.create(model="served-model", input=history, tools=[ASKING], store=False)
    assert later.output_text == "Done."
    assert "shredded plans" in gate.asked[-1]["messages"][-1]["content"]


def test_an_answer_is_parsed(gate: Gate):
    gate.provider.replies.append(say('{"x": 1,', ' "y": 2}'))
    answer = gate.client().responses.parse(model="served-model", input="Hi", text_format=Point)
    assert answer.output_parsed == Point(x=1, y=2)
    format = gate.asked[0]["response_format"]
    assert (format["type"], format["json_schema"]["name"]) == ("json_schema", "Point")


def test_a_cut_answer_is_incomplete(gate: Gate):
    gate.provider.replies.append(say("Once upon", finish="length"))
    with gate.client().responses.stream(model="served-model", input="Hi", max_output_tokens=16) as stream:
        last = list(stream)[-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details is not None
    assert last.response.incomplete_details.reason == "max_output_tokens"


def test_tools_that_may_be_called_are_bounded_by_the_request(gate: Gate):
    gate.provider.replies += [call_tool("add", first=1, second=2), say("No more.")]
    answer = gate.client().responses.create(model="served-model", input="Hi", tools=[OFFICE], max_tool_calls=0)
    assert answer.status in ("completed", "incomplete")


def test_secrets_in_tools_are_not_repeated(gate: Gate):
    tool: Any = {**OFFICE, "authorization": "token-of-mine", "headers": {"X-Key": "key-of-mine"}}
    reply = gate.server.request("POST", "/v1/responses", {"model": "served-model", "input": "Hi", "tools": [tool]})
    assert reply.status == 200
    assert b"of-mine" not in reply.body


def test_listed_tools_have_the_words_that_the_model_reads(gate: Gate):
    answer = gate.client().responses.create(model="served-model", input="Hi", tools=[OFFICE])
    (listed,) = (one for one in answer.output if one.type == "mcp_list_tools")
    assert {one.name: one.description for one in listed.tools}["add"] == "Add two numbers."


def test_what_else_was_done_than_was_asked_is_said_in_the_metadata(gate: Gate):
    gate.provider.replies.append(fail(400, "served-model does not support tools"))
    answer = gate.client().responses.create(model="no-tools", input="Hi", metadata={"mine": "1"})
    assert answer.metadata is not None
    assert answer.metadata["mine"] == "1"
    assert "cannot call tools" in answer.metadata["toolpost_notes"]


def test_what_is_too_long_to_be_kept_is_refused_before_it_is_paid_for(gate: Gate):
    body = {"model": "served-model", "input": "a " * 1_100_000}
    reply = gate.server.request("POST", "/v1/responses", body)
    assert (reply.status, reply.json["error"]["param"]) == (400, "store")
    assert not gate.asked
    assert gate.server.request("POST", "/v1/responses", {**body, "store": False}).status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_makes_it_too_long_to_be_kept_is_given_all_the_same(gate: Gate, stream: bool):
    gate.provider.replies.append(say("b " * 600_000))
    body = {"model": "served-model", "input": "a " * 600_000, "stream": stream}
    reply = gate.server.request("POST", "/v1/responses", body)
    answer = reply.events[-1]["response"] if stream else reply.json
    assert answer["status"] == "completed"
    assert answer["store"] is False
    assert "not kept" in answer["metadata"]["toolpost_notes"]
    assert gate.server.get(f"/v1/responses/{answer['id']}").status == 404


@pytest.mark.anyio
async def test_the_async_client_streams(gate: Gate):
    gate.provider.replies.append(say("Hello,", " world."))
    async with gate.async_client() as client, client.responses.stream(model="served-model", input="Hi") as stream:
        texts = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    assert "".join(texts) == final.output_text == "Hello, world."


def test_who_named_no_tools_of_ours_is_not_asked_for_a_yes(gate: Gate):
    gate.provider.replies += [call_tool("shred", name="deed"), say("I may not.")]
    answer = gate.client().responses.create(model="served-model", input="Shred it.")
    assert answer.output_text == "I may not."
    assert not any(item.type == "mcp_approval_request" for item in answer.output)
    assert "shredded" not in str(gate.asked[-1])
