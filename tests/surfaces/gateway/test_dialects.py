"""A provider that is spoken to as Responses answers the same, whichever way the caller speaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from answering import SAMPLING, Gate, answering

from toolpost.testing.openai import Turn, call_tool, say, turn


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with answering(tmp_path_factory.mktemp("gateway"), openai='serves = "openai"') as gate:
        yield gate


def test_a_completion_is_answered(gate: Gate):
    gate.provider.replies += [call_tool("add", text="Let me see.", first=2, second=3), say("It", " is 5.")]
    messages: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    with gate.client().chat.completions.stream(model="gpt-6-luna", messages=messages) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
    assert text == "Let me see.\n\nIt is 5."
    assert gate.provider.requests[-1].path == "/v1/responses"


def test_a_response_is_answered(gate: Gate):
    gate.provider.replies += [call_tool("add", first=2, second=3), say("It is 5.")]
    answer = gate.client().responses.create(model="chat.fast", input="Hi")
    assert answer.output_text == "It is 5."
    assert answer.model == "gpt-6-luna"


def test_models_say_when_they_end(gate: Gate):
    found = {model.id: model for model in gate.client().models.list()}
    assert found["gpt-4o"].shutdown_date == "2027-01-14"
    assert "gpt-4" not in found
    assert "gpt-image-2" not in found


def test_settings_of_compatible_servers_never_reach_openai(gate: Gate):
    reply = gate.chat(model="gpt-5.4", toolpost={"activity": True}, **SAMPLING, unknown=1)
    assert reply.status == 200
    assert not SAMPLING.keys() & gate.asked[-1].keys()
    notes = " ".join(reply.json["choices"][0]["message"]["toolpost"]["notes"])
    assert all(f"{name} was left out" in notes for name in SAMPLING)


def test_thoughts_that_are_summed_up_are_told_in_both_ways(gate: Gate):
    gate.provider.replies += [turn(Turn(["Paris."], thoughts=("Hm, ", "well."))) for _ in range(2)]
    message = gate.chat(model="gpt-5.4").json["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("Paris.", "Hm, well.")
    answer = gate.client().responses.create(model="gpt-5.4", input="Hi", reasoning={"summary": "auto"})
    assert [item.type for item in answer.output] == ["reasoning", "message"]
    assert gate.asked[-1]["reasoning"] == {"summary": "auto"}
