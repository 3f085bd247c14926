"""A turn of a conversation with functions, in both dialects: what is asked, what is heard, what was said."""

from __future__ import annotations

import json

import pytest

from toolpost import InvalidArguments, ToolError
from toolpost.testing.openai import (
    ToolUse,
    Turn,
    call_tool,
    call_tools,
    cut,
    fail_midway,
    garbage,
    odd,
    say,
    spoil,
    turn,
)
from toolpost_openai import Usage
from toolpost_openai.turns import Calling, Function, Invocation, Refusal, Text, Thought

BOTH = pytest.mark.parametrize("to", ["openai", "compatible"])
TWO = [ToolUse("roll", '{"n": 1}', "c1"), ToolUse("roll", '{"n": 2}', "c2")]
CALLS = (Invocation("c1", "roll", '{"n": 1}'), Invocation("c2", "roll", '{"n": 2}'))
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def assistant(*calls, **more):
    made = [{"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in calls]
    return {"role": "assistant", "content": "Rolling.", "tool_calls": made, **more}


def answer(call_id, *parts):
    return {"role": "tool", "tool_call_id": call_id, "content": [{"type": "text", "text": "six"}, *parts]}


def joined(pieces, kind):
    return "".join(piece.text for piece in pieces if isinstance(piece, kind))


@BOTH
async def test_text_and_several_calls_come_in_pieces_and_then_whole(server, converse, to):
    server.replies.append(call_tools(*TWO, text="Rolling."))
    said, heard = await converse(to=to)
    assert (said.text, said.finish_reason, said.invocations) == ("Rolling.", "tool_calls", CALLS)
    assert heard[0] == Text("Rolling.")
    begun = [(piece.index, piece.id, piece.name) for piece in heard if isinstance(piece, Calling) and piece.id]
    assert begun == [(0, "c1", "roll"), (1, "c2", "roll")]
    arguments = ["".join(p.arguments for p in heard if isinstance(p, Calling) and p.index == n) for n in (0, 1)]
    assert arguments == ['{"n": 1}', '{"n": 2}']


@BOTH
async def test_thoughts_refusals_and_the_whole_bill_are_told(server, converse, to):
    what = Turn((), thoughts=("Hm, ", "no."), refusal="I will not.", cached=5, reasoned=3)
    server.replies.append(turn(what))
    said, heard = await converse(to=to)
    assert (said.thought, said.refusal, said.text) == ("Hm, no.", "I will not.", "")
    assert (joined(heard, Thought), joined(heard, Refusal)) == ("Hm, no.", "I will not.")
    assert (said.cached_tokens, said.reasoning_tokens, said.finish_reason) == (5, 3, "stop")
    assert isinstance(said.usage, Usage)


async def test_responses_gets_functions_in_its_form(server, converse):
    await converse(to="openai", choice="roll", parallel=False)
    body = server.requests[-1].body
    parameters = {"type": "object", "properties": {"n": {}}}
    described = {"name": "roll", "description": "Rolls dice.", "parameters": parameters}
    assert body["tools"] == [{"type": "function", **described, "strict": False}]
    assert body["tool_choice"] == {"type": "function", "name": "roll"}
    assert (body["parallel_tool_calls"], body["store"]) == (False, False)
    assert body["include"] == ["reasoning.encrypted_content"]


async def test_chat_completions_gets_functions_in_its_form(server, converse):
    functions = [Function(name="roll", strict=True), Function(name="stop")]
    await converse(functions=functions, choice="roll", parallel=False)
    body = server.requests[-1].body
    empty = {"type": "object", "properties": {}}
    assert body["tools"] == [
        {"type": "function", "function": {"name": "roll", "parameters": empty, "strict": True}},
        {"type": "function", "function": {"name": "stop", "parameters": empty}},
    ]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "roll"}}
    assert body["parallel_tool_calls"] is False


@BOTH
@pytest.mark.parametrize("choice", ["none", "required"])
async def test_whether_the_model_must_call_is_passed_on(server, converse, to, choice):
    await converse(to=to, choice=choice)
    assert server.requests[-1].body["tool_choice"] == choice


@BOTH
async def test_without_functions_nothing_is_said_of_them(server, converse, to):
    await converse(to=to, functions=(), choice="none", parallel=False)
    assert not {"tools", "tool_choice", "parallel_tool_calls", "include"} & set(server.requests[-1].body)


@BOTH
@pytest.mark.parametrize("choice", ["required", "roll"])
async def test_without_functions_none_can_be_required(server, converse, to, choice):
    with pytest.raises(InvalidArguments, match="tool_choice"):
        await converse(to=to, functions=(), choice=choice)
    assert server.requests == []


async def test_responses_gets_pictures_where_the_tool_answered(server, converse):
    await converse(to="openai", messages=[assistant(*CALLS), answer("c1", IMAGE), answer("c2")])
    spoken, *items = server.requests[-1].body["input"]
    assert spoken == {"role": "assistant", "content": "Rolling."}
    assert [item["type"] for item in items] == ["function_call"] * 2 + ["function_call_output"] * 2
    assert items[0] == {"type": "function_call", "call_id": "c1", "name": "roll", "arguments": '{"n": 1}'}
    picture = {"type": "input_image", "image_url": IMAGE["image_url"]["url"], "detail": "auto"}
    assert items[2]["output"] == [{"type": "input_text", "text": "six"}, picture]
    assert items[3]["output"] == "six"


async def test_chat_completions_gets_pictures_after_the_last_answer_of_the_round(server, converse):
    more = {"role": "user", "content": "Again."}
    await converse(messages=[assistant(*CALLS), answer("c1", IMAGE), answer("c2", IMAGE), more])
    _, first, second, shown, last = server.requests[-1].body["messages"]
    assert [message["content"] for message in (first, second)] == ["six", "six"]
    assert shown["role"] == "user"
    words = [part["text"] for part in shown["content"] if part["type"] == "text"]
    assert [("roll" in word, call_id in word) for word, call_id in zip(words, ("c1", "c2"), strict=True)] == [
        (True, True)
    ] * 2
    assert [part for part in shown["content"] if part["type"] == "image_url"] == [IMAGE, IMAGE]
    assert last == more


@BOTH
async def test_files_pass_in_the_form_of_the_dialect(server, converse, to):
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"}}
    await converse(to=to, messages=[{"role": "user", "content": [file]}])
    body = server.requests[-1].body
    sent = body["messages" if to == "compatible" else "input"][0]["content"][0]
    assert sent == (file if to == "compatible" else {"type": "input_file", **file["file"]})


async def test_reasoning_goes_back_with_the_answers_of_the_calls(server, converse):
    server.replies.append(turn(Turn((), TWO, "tool_calls", thoughts=("Hm.",))))
    said, _ = await converse(to="openai")
    json.dumps(said.kept)
    await converse(to="openai", messages=[assistant(*CALLS, kept=said.kept), answer("c1"), answer("c2")])
    items = server.requests[-1].body["input"]
    assert [item["type"] for item in items[:3]] == ["reasoning", "function_call", "function_call"]
    assert items[0]["encrypted_content"]
    assert items[1]["id"] == "fc_c1"


@pytest.mark.parametrize("other", [{"to": "compatible"}, {"to": "openai", "model": "gpt-6.1-sol"}])
async def test_reasoning_goes_to_nobody_else(server, converse, other):
    server.replies.append(turn(Turn((), TWO, "tool_calls", thoughts=("Secret.",))))
    said, _ = await converse(to="openai")
    await converse(**other, messages=[assistant(*CALLS, kept=said.kept), answer("c1"), answer("c2")])
    assert "reasoning" not in [item.get("type") for item in server.requests[-1].asks("input", [])]
    assert b"Secret" not in server.requests[-1].raw
    assert b"kept" not in server.requests[-1].raw


async def test_what_is_kept_of_a_turn_is_not_sent_where_a_call_was_taken_out_of_it(server, converse):
    server.replies.append(turn(Turn((), TWO, "tool_calls", thoughts=("Hm.",))))
    said, _ = await converse(to="openai")
    await converse(to="openai", messages=[assistant(CALLS[0], kept=said.kept), answer("c1")])
    calls = [item["call_id"] for item in server.requests[-1].body["input"] if item.get("type") == "function_call"]
    assert calls == ["c1"]


async def test_a_turn_that_a_message_says_whole_keeps_nothing(server, converse):
    server.replies.append(call_tools(*TWO, text="Rolling."))
    assert (await converse(to="openai"))[0].kept == ()


async def test_another_servers_reasoning_goes_back_between_calls(server, converse):
    server.replies.append(turn(Turn((), TWO, "tool_calls", thoughts=("Hm.",))))
    said, _ = await converse()
    await converse(messages=[assistant(*CALLS, kept=said.kept), answer("c1"), answer("c2")])
    assert server.requests[-1].body["messages"][0]["reasoning_content"] == "Hm."


@pytest.mark.parametrize(
    "habits",
    [
        ("no ids",),
        ("one id",),
        ("one place", "whole calls", "no ids"),
        ("one place", "whole calls", "one id"),
        ("one place",),
        ("no places", "whole calls", "no ids"),
        ("no places",),
        ("whole calls", "objects", "stop"),
        ("names again",),
        ("names again", "one place", "whole calls", "objects", "one id", "stop"),
        ("stop",),
    ],
    ids=" and ".join,
)
async def test_calls_are_told_apart_whatever_the_habits_of_a_server(server, converse, habits):
    server.replies.append(odd(call_tools(*TWO), *habits))
    said, heard = await converse()
    assert [(call.name, json.loads(call.arguments)) for call in said.invocations] == [
        ("roll", {"n": 1}),
        ("roll", {"n": 2}),
    ]
    assert said.finish_reason == "tool_calls"
    ids = [call.id for call in said.invocations]
    assert all(ids)
    assert len(set(ids)) == 2
    assert [piece.id for piece in heard if isinstance(piece, Calling) and piece.id] == ids


async def test_a_function_without_parameters_may_be_called_with_nothing(server, converse):
    server.replies.append(odd(call_tools(ToolUse("now", "", "a"), ToolUse("here", "", "b")), "one place", "no ids"))
    said, _ = await converse()
    assert [(call.name, call.arguments) for call in said.invocations] == [("now", "{}"), ("here", "{}")]


@BOTH
@pytest.mark.parametrize(
    "reply",
    [
        cut(call_tool("roll", n=1), after=3),
        cut(call_tool("roll", n=1), after=4),
        spoil(call_tool("roll", n=1), after=3),
        spoil(call_tool("roll", n=1), b'"text"', after=2),
        fail_midway(call_tool("roll", n=1)),
        garbage(),
        garbage(b"[]"),
    ],
)
async def test_a_turn_that_breaks_off_is_an_error(server, converse, to, reply):
    server.replies.append(reply)
    with pytest.raises(ToolError):
        await converse(to=to)


@pytest.mark.parametrize(
    "call",
    [7, {"function": 7}, {"function": {"name": 7}}, {"function": {"name": "a", "arguments": 7}}, {"function": {}}],
)
async def test_a_call_of_the_wrong_form_is_an_error(server, converse, call):
    event = json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]}).encode()
    server.replies.append(spoil(say("Hello."), event, after=1))
    with pytest.raises(ToolError, match="malformed"):
        await converse()


async def test_a_stream_that_never_says_why_it_ends_is_an_error(server, converse):
    server.replies.append(odd(call_tool("roll", n=1), "unfinished"))
    with pytest.raises(ToolError, match="cut off"):
        await converse()


@BOTH
async def test_a_call_that_the_limit_cut_off_is_not_made(server, converse, to):
    uses = [ToolUse("roll", '{"n": 1}', "c1"), ToolUse("roll", '{"n', "c2")]
    server.replies.append(turn(Turn(["Rolling."], uses, "length")))
    said, _ = await converse(to=to)
    assert [call.id for call in said.invocations] == ["c1"]
    assert said.finish_reason == "tool_calls"
    assert "a call of roll was cut off" in said.notes[0]


@BOTH
async def test_an_answer_that_the_limit_cut_off_says_so(server, converse, to):
    server.replies.append(say("Once upon", finish="length"))
    assert (await converse(to=to))[0].finish_reason == "length"


@BOTH
async def test_what_is_no_message_is_for_the_caller_to_mend(converse, to):
    with pytest.raises(InvalidArguments, match="messages"):
        await converse(to=to, messages=[{"content": "who says this?"}])
