"""Chat Completions through the official SDK: whole and streamed, with the host's tools and the caller's own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from answering import SAMPLING, Gate, events
from openai import pydantic_function_tool
from pydantic import BaseModel

from toolpost.testing.openai import ToolUse, Turn, call_tool, say, turn

USER: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


class Point(BaseModel):
    x: int
    y: int


def test_an_answer_is_whole(gate: Gate):
    gate.provider.replies.append(say("Hello,", " world."))
    answer = gate.client().chat.completions.create(model="served-model", messages=USER)
    assert answer.choices[0].message.content == "Hello, world."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "served-model"
    assert answer.id.startswith("chatcmpl-")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id


def test_an_answer_is_streamed(gate: Gate):
    gate.provider.replies.append(say("Hello,", " world."))
    stream = gate.client().chat.completions.create(model="served-model", messages=USER, stream=True)
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == "Hello, world."
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(one.usage is None for one in chunks)


def test_usage_comes_last_where_it_is_asked_for(gate: Gate):
    options: Any = {"include_usage": True}
    stream = gate.client().chat.completions.create(
        model="served-model", messages=USER, stream=True, stream_options=options
    )
    chunks = list(stream)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert [one.usage for one in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_the_host_calls_its_own_tools(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It is 5.")]
    answer = gate.client().chat.completions.create(model="served-model", messages=USER)
    assert answer.choices[0].message.content == "Let me see.\n\nIt is 5."
    assert answer.choices[0].message.tool_calls is None
    assert answer.choices[0].finish_reason == "stop"
    assert gate.asked[1]["messages"][-1]["role"] == "tool"
    assert "5" in gate.asked[1]["messages"][-1]["content"]


def test_text_flows_before_and_after_tools(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It", " is 5.")]
    with gate.client().chat.completions.stream(model="served-model", messages=USER) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    assert "".join(one.delta for one in events if one.type == "content.delta") == "Let me see.\n\nIt is 5."
    assert final.choices[0].message.content == "Let me see.\n\nIt is 5."


def test_calls_of_the_callers_functions_are_returned(gate: Gate):
    gate.provider.replies.append(call_tool("weather", city="Oslo"))
    answer = gate.client().chat.completions.create(model="served-model", messages=USER, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls or ()
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Oslo"})
    assert answer.choices[0].finish_reason == "tool_calls"
    history: Any = [
        *USER,
        answer.choices[0].message.to_dict(),
        {"role": "tool", "tool_call_id": call.id, "content": "rain"},
    ]
    gate.provider.replies.append(say("It rains."))
    later = gate.client().chat.completions.create(model="served-model", messages=history, tools=[WEATHER])
    assert later.choices[0].message.content == "It rains."
    assert [one["role"] for one in gate.asked[-1]["messages"]] == ["user", "assistant", "tool"]


def test_several_calls_of_the_callers_have_their_own_places_in_a_stream(gate: Gate):
    uses = [ToolUse("weather", '{"city": "Oslo"}', "call_a"), ToolUse("weather", '{"city": "Rome"}', "call_b")]
    gate.provider.replies.append(turn(Turn(["Looking."], uses, "tool_calls")))
    with gate.client().chat.completions.stream(model="served-model", messages=USER, tools=[WEATHER]) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    done = [one for one in events if one.type == "tool_calls.function.arguments.done"]
    assert [json.loads(one.arguments)["city"] for one in done] == ["Oslo", "Rome"]
    assert [call.id for call in final.choices[0].message.tool_calls or ()] == ["call_a", "call_b"]
    assert final.choices[0].finish_reason == "tool_calls"


def test_both_kinds_of_calls_in_one_turn_go_their_own_ways(gate: Gate):
    uses = [ToolUse("add", '{"first": 1, "second": 2}', "call_a"), ToolUse("weather", '{"city": "Rome"}', "call_b")]
    gate.provider.replies.append(turn(Turn([], uses, "tool_calls")))
    answer = gate.client().chat.completions.create(model="served-model", messages=USER, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls or ()
    assert call.type == "function"
    assert call.function.name == "weather"
    history: Any = [
        *USER,
        answer.choices[0].message.to_dict(),
        {"role": "tool", "tool_call_id": call.id, "content": "rain"},
    ]
    gate.client().chat.completions.create(model="served-model", messages=history, tools=[WEATHER])
    told = {one["tool_call_id"]: one["content"] for one in gate.asked[-1]["messages"] if one["role"] == "tool"}
    assert len(told) == 2
    assert "rain" in told.values()


def test_an_answer_is_parsed(gate: Gate):
    gate.provider.replies.append(say('{"x": 1,', ' "y": 2}'))
    answer = gate.client().chat.completions.parse(model="served-model", messages=USER, response_format=Point)
    assert answer.choices[0].message.parsed == Point(x=1, y=2)
    assert gate.asked[0]["response_format"]["type"] == "json_schema"


def test_arguments_of_the_callers_functions_are_parsed(gate: Gate):
    gate.provider.replies.append(call_tool("Point", x=1, y=2))
    answer = gate.client().chat.completions.parse(
        model="served-model", messages=USER, tools=[pydantic_function_tool(Point)]
    )
    (call,) = answer.choices[0].message.tool_calls or ()
    assert call.function.parsed_arguments == Point(x=1, y=2)


def test_a_cut_answer_says_so(gate: Gate):
    gate.provider.replies.append(say("Once upon", finish="length"))
    answer = gate.client().chat.completions.create(model="served-model", messages=USER, max_tokens=2)
    assert answer.choices[0].finish_reason == "length"


def test_functions_of_the_old_way_are_called_in_the_old_way(gate: Gate):
    gate.provider.replies.append(call_tool("weather", city="Oslo"))
    functions: Any = [WEATHER["function"]]
    answer = gate.client().chat.completions.create(model="served-model", messages=USER, functions=functions)
    called = answer.choices[0].message.function_call
    assert called is not None
    assert called.name == "weather"
    assert answer.choices[0].finish_reason == "function_call"
    old: Any = [
        *USER,
        {"role": "assistant", "content": None, "function_call": called.to_dict()},
        {"role": "function", "name": "weather", "content": "rain"},
    ]
    gate.client().chat.completions.create(model="served-model", messages=old, functions=functions)
    said, answered = gate.asked[-1]["messages"][-2:]
    assert answered["tool_call_id"] == said["tool_calls"][0]["id"]


def test_tools_of_the_host_can_be_chosen(gate: Gate):
    chosen: Any = [{"type": "mcp", "server_label": "office", "allowed_tools": ["add"], "require_approval": "never"}]
    gate.client().chat.completions.create(model="served-model", messages=USER, tools=chosen)
    assert [one["function"]["name"] for one in gate.asked[0]["tools"]] == ["add"]


def test_tools_of_the_host_can_be_left_out(gate: Gate):
    gate.client().chat.completions.create(
        model="served-model", messages=USER, extra_body={"toolpost": {"tools": False}}
    )
    assert "tools" not in gate.asked[0]


def test_activity_is_told_to_those_who_ask(gate: Gate):
    gate.provider.replies += [call_tool("add", first=2, second=3), say("It is 5.")]
    stream = gate.client().chat.completions.create(
        model="served-model", messages=USER, stream=True, extra_headers={"X-Toolpost-Activity": "true"}
    )
    told = [one.toolpost for one in stream if hasattr(one, "toolpost")]
    assert [one["type"] for one in told] == ["began", "ended", "answered"]
    assert told[0]["tool"] == "add"
    assert json.loads(told[0]["arguments"]) == {"first": 2, "second": 3}
    assert not told[1]["is_error"]


def test_activity_is_in_the_message_of_a_whole_answer(gate: Gate):
    gate.provider.replies += [call_tool("stumble"), say("It failed.")]
    answer = gate.client().chat.completions.create(
        model="served-model", messages=USER, extra_body={"toolpost": {"activity": True}}
    )
    said: Any = answer.choices[0].message
    assert [one["type"] for one in said.toolpost["activity"]] == ["began", "ended"]
    assert said.toolpost["activity"][1]["is_error"]


def test_nobody_is_told_of_tools_who_does_not_ask(gate: Gate):
    gate.provider.replies += [call_tool("add", first=2, second=3), say("It is 5.")]
    assert b"toolpost" not in gate.chat(stream=True).body


def test_pictures_of_tools_are_links(gate: Gate):
    gate.provider.replies += [call_tool("draw", what="a cat"), say("Here it is.")]
    answer = gate.client().chat.completions.create(model="served-model", messages=USER)
    assert answer.choices[0].message.content is not None
    assert answer.choices[0].message.content.startswith("Here it is.")


@pytest.mark.anyio
async def test_the_async_client_streams(gate: Gate):
    gate.provider.replies.append(say("Hello,", " world."))
    client = gate.async_client()
    async with client, client.chat.completions.stream(model="served-model", messages=USER) as stream:
        texts = [event.delta async for event in stream if event.type == "content.delta"]
        final = await stream.get_final_completion()
    assert "".join(texts) == "Hello, world."
    assert final.choices[0].message.content == "Hello, world."


def test_models_are_listed(gate: Gate):
    names = [model.id for model in gate.client().models.list()]
    assert {"chat.fast", "served-model", "other/model"} <= set(names)
    assert "text-embedding-3" not in names
    assert not any(name.startswith("image.") for name in names)


def test_a_model_is_looked_up(gate: Gate):
    found = gate.client().models.retrieve("served-model")
    assert (found.id, found.object) == ("served-model", "model")
    assert gate.server.get("/v1/models/other/model").json["id"] == "other/model"


@pytest.mark.parametrize("name", ['a"b', "\0", '"content":"\0"', "né\n"])
def test_no_name_of_a_model_breaks_a_stream(gate: Gate, name: str):
    gate.provider.replies.append(say("Hello,", " world."))
    told = events(gate.chat(model=name, stream=True))
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in told) == "Hello, world."
    assert told[0]["model"] == name


def test_a_model_with_a_slash_is_looked_up_as_the_sdk_writes_it(gate: Gate):
    assert gate.client().models.retrieve("other/model").id == "other/model"
    for path in ("/v1/models/..%2f..%2fhealth", "/v1/models%2fother", "/health%2f", "/v1/models/%2f%2fx"):
        assert gate.server.get(path).status == 400, path


@pytest.mark.parametrize("wanted", ["chat.fast", "served-model"])
def test_each_chunk_names_the_model_that_answers(gate: Gate, wanted: str):
    told = events(gate.chat(model=wanted, stream=True))
    assert {one["model"] for one in told} == {"served-model"}


def test_a_streamed_form_is_parsed_although_the_model_talks_before_it_calls(gate: Gate):
    gate.provider.replies += [call_tool("add", text="I add them.", first=1, second=2), say('{"x": 3,', ' "y": 4}')]
    client = gate.client()
    with client.chat.completions.stream(model="served-model", messages=USER, response_format=Point) as stream:
        chat = stream.get_final_completion().choices[0].message.parsed
    gate.provider.replies += [call_tool("add", text="I add them.", first=1, second=2), say('{"x": 3,', ' "y": 4}')]
    with client.responses.stream(
        model="served-model",
        input="Add.",
        text_format=Point,
        tools=[{"type": "mcp", "server_label": "toolpost", "require_approval": "never"}],
    ) as stream:
        response = stream.get_final_response().output_parsed
    assert chat == response == Point(x=3, y=4)


def test_many_at_once_all_get_their_answers(gate: Gate):
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda _: gate.chat(stream=True).body, range(48)))
    assert all(body.endswith(b"data: [DONE]\n\n") for body in answers)


def test_settings_of_compatible_servers_reach_them_and_nothing_else_does(gate: Gate):
    assert gate.chat(**SAMPLING, top_secret=1).status == 200
    asked = gate.asked[-1]
    assert {name: asked.get(name) for name in SAMPLING} == SAMPLING
    assert "top_secret" not in asked
