"""How a turn may end, and what is kept of it."""

from __future__ import annotations

import anyio
import pytest

from toolpost import ToolError
from toolpost.testing.openai import call_tool, cut, fail, say
from toolpost_gateway.sessions.records import BROKEN_OFF
from toolpost_gateway.talk import Text


def is_valid(messages) -> bool:
    """Whether each call is answered once, right behind the message that makes it, and roles take turns."""
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in open_calls
            open_calls.remove(message["tool_call_id"])
        else:
            assert not open_calls
            open_calls = {call["id"] for call in message.get("tool_calls") or ()}
    speakers = [message["role"] for message in messages if message["role"] != "tool" and not message.get("tool_calls")]
    assert all(one != other for one, other in zip(speakers, speakers[1:], strict=False))
    return not open_calls


async def test_calls_of_tools_are_kept_with_their_results(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("look_up", text="Let me see.", word="blue"), say("Seven.")]
        reply = await talk.say("blue?")
        await talk.say("and?", reply.session_id)
        assert is_valid(talk.asked)
        assert [message["role"] for message in talk.asked] == ["user", "assistant", "tool", "assistant", "user"]
        (used,) = reply.record.tools
        assert used["tool"] == "look_up"
        assert used["text"].startswith("blue means seven")


async def test_a_turn_that_is_cancelled_leaves_what_was_heard(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("look_up", word="blue"), call_tool("wait", text="I shall wait.")]
        id = (await talk.sessions.create("ann")).id
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.say, "blue?", id)
            await talk.kit.waits.wait()
            tasks.cancel_scope.cancel()
        (turn,) = await talk.sessions.turns("ann", id)
        assert turn.state == "stopped"
        assert "I shall wait." in turn.answer
        assert [tool["tool"] for tool in turn.tools] == ["look_up", "wait"]
        await talk.say("go on", id)
        assert is_valid(talk.asked)
        assert talk.asked[1]["tool_calls"][0]["function"]["name"] == "look_up"


async def test_what_is_whole_is_written_before_the_turn_ends(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("look_up", word="blue"), call_tool("wait"), say("Done.")]
        id = (await talk.sessions.create("ann")).id
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.say, "blue?", id)
            await talk.kit.waits.wait()
            (turn,) = await talk.elsewhere().sessions.turns("ann", id)
            assert turn.state == "open"
            assert is_valid(turn.messages)
            assert "blue means seven" in str(turn.said)
            talk.kit.goes_on.set()
        (turn,) = await talk.sessions.turns("ann", id)
        assert turn.state == "done"


@pytest.mark.parametrize("reply", [fail(400), fail(500), cut(say("half an", " answer")), cut(say("x"), after=0)])
async def test_a_model_that_fails_leaves_a_history_to_go_on_with(conversing, reply):
    async with conversing() as talk:
        id = (await talk.sessions.create("ann")).id
        talk.provider.replies += [reply]
        with pytest.raises(ToolError):
            await talk.say("one", id)
        (turn,) = await talk.sessions.turns("ann", id)
        assert turn.state == "failed"
        assert turn.error
        assert (await talk.say("two", id)).response == "Hello, world."
        assert is_valid(talk.asked)
        heard = "".join(event.text for event in talk.heard if isinstance(event, Text)).removesuffix("Hello, world.")
        assert talk.asked[1]["content"] == (heard or BROKEN_OFF)


async def test_a_session_that_nobody_knows_goes_with_its_failure(conversing):
    async with conversing() as talk:
        talk.provider.replies += [fail(400)]
        with pytest.raises(ToolError):
            await talk.say("one")
        assert await talk.sessions.list("ann") == []


async def test_a_caller_who_hears_no_more_ends_the_turn(conversing):
    async with conversing() as talk:
        id = (await talk.sessions.create("ann")).id

        async def deaf(event) -> None:
            raise ConnectionError("gone")

        talk.hear = deaf
        with pytest.raises(ConnectionError):
            await talk.say("one", id)
        (turn,) = await talk.sessions.turns("ann", id)
        assert turn.state == "stopped"
