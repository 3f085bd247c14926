"""What a model says of its reasoning, through Chat Completions, which has no field of OpenAI's for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from answering import Gate, events
from pydantic import BaseModel

from toolpost.testing.openai import ToolUse, Turn, say, spoil, turn

USER: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


class Point(BaseModel):
    x: int
    y: int


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_model_thinks_stands_where_compatible_servers_have_it(gate: Gate, stream: bool):
    gate.provider.replies.append(turn(Turn(["Paris."], thoughts=("Ask bob@exam", "ple.com", " first."))))
    reply = gate.chat(stream=stream)
    said = [one["choices"][0]["delta"] for one in events(reply)] if stream else [reply.json["choices"][0]["message"]]
    thought = "".join(one.get("reasoning_content") or "" for one in said)
    assert "bob@" not in thought
    assert thought.startswith("Ask ")
    assert thought.endswith(" first.")
    assert "".join(one.get("content") or "" for one in said) == "Paris."
    if stream:
        kinds = ["thought" if one.get("reasoning_content") else "text" for one in said[1:-1]]
        assert kinds == sorted(kinds, reverse=True)


def test_what_a_model_thinks_after_its_first_words_comes_in_the_end(gate: Gate):
    late = {"choices": [{"index": 0, "delta": {"reasoning": " Late."}, "finish_reason": None}]}
    script = turn(Turn(["Par", "is."], thoughts=("Early.",)))
    gate.provider.replies.append(spoil(script, json.dumps(late).encode(), after=3))
    said = [one["choices"][0]["delta"] for one in events(gate.chat(stream=True))]
    assert [one["reasoning_content"] for one in said if one.get("reasoning_content")] == ["Early.", " Late."]
    assert "".join(one.get("content") or "" for one in said) == "Paris."


def test_without_thoughts_nothing_is_said_of_them(gate: Gate):
    gate.provider.replies.append(say("Paris."))
    assert "reasoning_content" not in gate.chat().json["choices"][0]["message"]
    gate.provider.replies.append(say("Paris."))
    assert "reasoning_content" not in str(events(gate.chat(stream=True)))


def test_thoughts_pass_the_sdks_helpers_and_go_back_to_no_model(gate: Gate):
    use = ToolUse("weather", '{"city": "Oslo"}', "call_a")
    gate.provider.replies.append(turn(Turn(['{"x": 1,', ' "y": 2}'], thoughts=("Hm, ", "well."))))
    with gate.client().chat.completions.stream(model="served-model", messages=USER, response_format=Point) as stream:
        final = stream.get_final_completion().choices[0].message
    assert final.parsed == Point(x=1, y=2)
    assert (final.model_extra or {})["reasoning_content"] == "Hm, well."
    gate.provider.replies.append(turn(Turn(['{"x": 1, "y": 2}'], thoughts=("Hm.",))))
    parsed = gate.client().chat.completions.parse(model="served-model", messages=USER, response_format=Point)
    assert parsed.choices[0].message.parsed == Point(x=1, y=2)
    gate.provider.replies.append(turn(Turn([], [use], "tool_calls", thoughts=("They want rain.",))))
    answer = gate.client().chat.completions.create(model="served-model", messages=USER, tools=[WEATHER])
    said = answer.choices[0].message.to_dict()
    assert said["reasoning_content"] == "They want rain."
    (call,) = answer.choices[0].message.tool_calls or ()
    history: Any = [*USER, said, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    gate.client().chat.completions.create(model="other/model", messages=history, tools=[WEATHER])
    assert "reasoning" not in str(gate.asked[-1])
