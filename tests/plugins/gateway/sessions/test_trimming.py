"""How a long conversation is made short, for the model and in the store."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolpost.testing.openai import call_tool, fail, say
from toolpost_gateway.sessions.history import history, script, shown, surplus, tokens
from toolpost_gateway.sessions.records import Head, Record

LONG = "word " * 400


def turn(number: int, words: str, tool: str = "") -> Record:
    called = {"id": f"c{number}", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    calls = [
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": f"c{number}", "content": tool},
    ]
    said = [*(calls if tool else []), {"role": "assistant", "content": words}]
    return Record(number=number, at=0.0, user={"role": "user", "content": words}, said=said, state="done")


async def test_the_model_itself_says_what_is_cut(conversing):
    async with conversing(tokens=900) as talk:
        id = (await talk.say(f"My name is Ada. {LONG}")).session_id
        talk.provider.replies += [say("The person is called Ada."), say("Ada.")]
        reply = await talk.say(f"Who am I? {LONG}", id)
        summary, asked = [request.body["messages"] for request in talk.provider.requests[-2:]]
        assert "My name is Ada" in summary[-1]["content"]
        assert "tools" not in talk.provider.requests[-2].body
        assert "The person is called Ada." in str(asked)
        assert "My name is Ada" not in str(asked)
        assert tokens(asked) < 900
        assert reply.response == "Ada."
        assert any("summarised" in note for note in reply.record.notes)


async def test_a_summary_is_made_once_and_goes_on(conversing):
    async with conversing(tokens=900) as talk:
        id = (await talk.say(LONG)).session_id
        for number in range(6):
            await talk.say(f"{number} {LONG}", id)
        head = await talk.sessions.get("ann", id)
        assert head.summary == "Hello, world."
        assert 0 < head.cut <= 6
        assert len(await talk.sessions.turns("ann", id)) == 7
        before = len(talk.provider.requests)
        await talk.say("short", id)
        assert len(talk.provider.requests) - before <= 2


async def test_without_a_summary_it_is_cut_all_the_same(conversing):
    async with conversing(tokens=900) as talk:
        id = (await talk.say(LONG)).session_id
        talk.provider.replies += [fail(400), say("I go on.")]
        assert (await talk.say(LONG, id)).response == "I go on."
        assert tokens(talk.asked) < 900


async def test_results_that_fill_the_room_are_cut_short(conversing):
    async with conversing(tokens=4000) as talk:
        talk.provider.replies += [call_tool("look_up", word="long"), say("It is long.")]
        id = (await talk.say("look")).session_id
        await talk.say("and?", id)
        assert [message["role"] for message in talk.asked] == ["user", "assistant", "tool", "assistant", "user"]
        assert "left out" in talk.asked[2]["content"]
        assert len(talk.asked[2]["content"]) < 300


async def test_what_tools_told_is_seen_to_come_from_outside_after_a_cut_as_well(conversing):
    async with conversing(tokens=900) as talk:
        talk.provider.replies += [call_tool("look_up", word="blue"), say("Seven.")]
        id = (await talk.say(LONG)).session_id
        talk.provider.replies += [say("Blue means seven.")]
        for _ in range(2):
            await talk.say(LONG, id)
            assert [message["role"] for message in talk.asked[:4]] == ["user", "assistant", "tool", "assistant"]
        assert "Blue means seven." in str(talk.provider.requests[-3].body["messages"][2])


async def test_the_oldest_turns_go_when_a_session_is_too_large(conversing, echoing):
    async with conversing(bytes=20_000) as talk:
        id = (await talk.say(LONG)).session_id
        for number in range(20):
            await talk.say(f"{number} {LONG}", id)
        turns = await talk.sessions.turns("ann", id)
        assert turns[-1].user["content"].startswith("19 ")
        assert [one.number for one in turns] == list(range(turns[0].number, 21))
        space = talk.services.store.space("gateway")
        assert sum([len(raw) async for _, raw in space.items("turn:")]) < 25_000


async def test_what_a_tool_said_is_shortened_before_it_fills_a_session(conversing):
    async with conversing(bytes=40_000) as talk:
        talk.provider.replies += [call_tool("look_up", word="long"), say("It is long.")]
        reply = await talk.say("look")
        assert len(reply.record.written) < 22_000
        assert "not kept" in str(reply.record.said)


WORDS = st.text(max_size=400)
TURNS = st.lists(st.tuples(WORDS, st.text(max_size=3000)), max_size=8)


@given(TURNS, WORDS, WORDS, st.integers(256, 2000))
def test_a_cut_never_parts_a_call_from_its_result(parts, summary, words, most):
    turns = [turn(number, said, tool) for number, (said, tool) in enumerate(parts)]
    user = {"role": "user", "content": words}
    left = turns[surplus(summary, turns, user, most) :]
    head = Head(id="x", cut=len(turns) - len(left), summary=summary, outside=any(tool for _, tool in parts))
    messages = history(head, left, user, most)
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop()
        else:
            assert not waiting
            waiting = [call["id"] for call in message.get("tool_calls") or ()]
    assert messages[-1] == user
    if len(left) < len(turns):
        assert sum(tokens(shown(one, most)) for one in left) <= most // 2
    assert len(script(summary, turns, most)) <= most * 4


@given(st.text())
def test_an_estimate_grows_with_the_text(text):
    one = tokens([{"role": "user", "content": text}])
    assert 4 <= one <= tokens([{"role": "user", "content": text + text}])
