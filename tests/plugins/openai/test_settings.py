"""Settings go to each dialect by its own names, and what is not taken is left out with a note."""

from __future__ import annotations

import pytest

SCHEMA = {"name": "dice", "schema": {"type": "object"}, "strict": True}
FORMAT = {"type": "json_schema", "json_schema": SCHEMA}
FLAT = {"type": "json_schema", **SCHEMA}
EVERYWHERE = {
    "top_p": 0.5,
    "metadata": {"a": "b"},
    "service_tier": "flex",
    "user": "u",
    "safety_identifier": "s",
    "prompt_cache_key": "k",
}
ONLY_CHAT = {
    "stop": ["x"],
    "seed": 1,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "logit_bias": {"1": 2},
}
CHAT = {
    "max_completion_tokens": 9,
    "response_format": FORMAT,
    "reasoning_effort": "low",
    "verbosity": "high",
}
RESPONSES = {
    "max_output_tokens": 9,
    "text": {"format": FLAT, "verbosity": "high"},
    "reasoning": {"effort": "low"},
}


@pytest.fixture
def asked(server, converse):
    """What of a request are settings, and the notes of the answer."""

    async def asked(settings, to="compatible", model="gpt-5.4", **more):
        said, _ = await converse(to=to, model=model, settings=settings, functions=(), **more)
        ours = {"model", "messages", "input", "stream", "stream_options", "store"}
        return {name: value for name, value in server.requests[-1].body.items() if name not in ours}, said.notes

    return asked


@pytest.mark.parametrize("said", [CHAT, RESPONSES])
async def test_responses_gets_its_own_names_whichever_were_said(asked, said):
    assert await asked({**said, **EVERYWHERE, "temperature": 0.5}, "openai") == (
        {**RESPONSES, **EVERYWHERE, "temperature": 0.5},
        (),
    )


@pytest.mark.parametrize("said", [CHAT, RESPONSES])
async def test_chat_completions_gets_its_own_names_whichever_were_said(asked, said):
    sent, notes = await asked({**said, **EVERYWHERE, **ONLY_CHAT}, "openai", "gpt-audio-mini")
    assert sent == {**{name: CHAT[name] for name in CHAT if name != "reasoning_effort"}, **EVERYWHERE, **ONLY_CHAT}
    assert notes == ("reasoning_effort was left out: gpt-audio-mini does not take it",)


async def test_other_servers_get_the_limit_by_its_old_name_and_settings_of_their_own(asked):
    sent, notes = await asked({**CHAT, **ONLY_CHAT, "top_k": 3, "min_p": 0.1})
    expected = {**CHAT, **ONLY_CHAT, "top_k": 3, "min_p": 0.1, "max_tokens": 9}
    del expected["max_completion_tokens"]
    assert (sent, notes) == (expected, ())


async def test_what_responses_does_not_take_is_left_out_with_a_note_each(asked):
    sent, notes = await asked({**ONLY_CHAT, "top_k": 3}, "openai")
    assert sent == {}
    assert notes == tuple(f"{name} was left out: gpt-5.4 does not take it" for name in (*ONLY_CHAT, "top_k"))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens"])
async def test_the_limit_may_be_said_by_any_of_its_names(asked, name):
    assert (await asked({name: 7}, "openai"))[0] == {"max_output_tokens": 7}
    assert (await asked({name: 7}))[0] == {"max_tokens": 7}


async def test_what_is_nothing_is_not_sent(asked):
    assert await asked(dict.fromkeys([*CHAT, *ONLY_CHAT, *EVERYWHERE]), "openai") == ({}, ())


async def test_how_the_turn_is_asked_is_not_a_setting(asked):
    ours = {"stream": False, "store": True, "messages": [], "tools": [], "n": 3, "previous_response_id": "r"}
    assert await asked(ours, "openai") == ({}, ())
    assert await asked(ours) == ({}, ())


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        ("gpt-5.4", "none", {"reasoning": {"effort": "none"}}),
        ("gpt-6.1-sol", "low", {"reasoning": {"effort": "low"}}),
        ("gpt-6.1-sol", "none", {}),
        ("gpt-4o", "low", {}),
    ],
)
async def test_a_reasoning_effort_that_the_model_does_not_know_is_left_out(asked, model, effort, sent):
    found, notes = await asked({"reasoning_effort": effort}, "openai", model)
    assert found == sent
    assert any("reasoning_effort was left out" in note for note in notes) == (not sent)


async def test_a_summary_of_the_reasoning_may_be_asked_for(asked):
    sent = (await asked({"reasoning": {"effort": "low", "summary": "auto"}}, "openai"))[0]
    assert sent == {"reasoning": {"effort": "low", "summary": "auto"}}
    assert (await asked({"reasoning": {"summary": "auto"}}))[0] == {}


async def test_openais_models_take_functions_in_chat_completions_only_without_reasoning(server, tmp_path):
    from toolpost_openai import OpenAI
    from toolpost_openai.turns import Function, Turn

    async def hear(piece):
        pass

    path = tmp_path / "mine.toml"
    path.write_text('[models]\n"gpt-6-luna" = { dialect = "chat" }\n')
    plugin = OpenAI(base_url=server.base_url, serves="openai", catalogue=str(path))
    async with plugin.lifespan():
        connection = await plugin.connect()
        question = [{"role": "user", "content": "x"}]
        await connection.converse(Turn(messages=question, model="gpt-6-luna", functions=[Function(name="f")]), hear)
    assert server.requests[-1].body["reasoning_effort"] == "none"
