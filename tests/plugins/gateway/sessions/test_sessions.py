"""Sessions: whose they are, how long they last, and what is in them."""

from __future__ import annotations

import re
from functools import partial

import anyio
import pytest

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost.testing.openai import call_tool, cut, fail, say
from toolpost_gateway.sessions import UnknownSession

DAY = 86_400.0


async def test_a_conversation_goes_on_with_what_was_said(conversing, echoing):
    async with conversing() as talk:
        first = await talk.say("one")
        second = await talk.say("two", first.session_id)
        assert (first.response, second.response) == ("you said: one", "you said: two")
        said = [(message["role"], message["content"]) for message in talk.asked]
        assert said == [("user", "one"), ("assistant", "you said: one"), ("user", "two")]


async def test_ids_are_made_here_alone_and_cannot_be_guessed(conversing):
    async with conversing() as talk:
        made = {(await talk.sessions.create("ann")).id for _ in range(50)}
        assert len(made) == 50
        assert all(re.fullmatch(r"[\w-]{32}", id) for id in made)
        for invented in ("", "mine", "a" * 32, next(iter(made))[:-1], "../" * 10, "é" * 32, "a:b", "\ud800" * 32):
            with pytest.raises(UnknownSession):
                await talk.say("hello", invented)
        assert not talk.provider.requests


async def test_foreign_deleted_expired_and_invented_ids_are_told_alike(conversing, echoing):
    async with conversing(days=1) as talk:
        foreign = (await talk.say("one", who="bob")).session_id
        deleted = (await talk.say("one")).session_id
        await talk.sessions.delete("ann", deleted)
        expired = (await talk.say("one")).session_id
        talk.services.clock.advance(DAY + 1)
        asked, told = len(talk.provider.requests), set()
        for id in (foreign, deleted, expired, "x" * 32):
            for use in (
                talk.say("two", id),
                talk.sessions.get("ann", id),
                talk.sessions.turns("ann", id),
                talk.sessions.delete("ann", id),
                talk.sessions.rename("ann", id, "mine"),
            ):
                with pytest.raises(UnknownSession) as error:
                    await use
                told.add(str(error.value))
        assert len(told) == 1
        assert len(talk.provider.requests) == asked
        assert await talk.sessions.list("ann") == []


async def test_a_session_outlives_the_process(conversing, echoing):
    async with conversing() as talk:
        id = (await talk.say("one")).session_id
    async with conversing() as talk:
        await talk.say("two", id)
        assert [message["content"] for message in talk.asked] == ["one", "you said: one", "two"]


async def test_each_use_keeps_a_session_from_expiring(conversing, echoing):
    async with conversing(days=1) as talk:
        id = (await talk.say("one")).session_id
        for _ in range(3):
            talk.services.clock.advance(DAY - 1)
            await talk.say("more", id)
        assert len(await talk.sessions.turns("ann", id)) == 4


async def test_what_has_expired_is_removed_with_its_pictures(conversing, picture):
    async with conversing(days=1) as talk:
        await talk.say([picture])
        talk.services.clock.advance(DAY + 1)
        assert await talk.sessions.sweep() == 1
        assert [key async for key, _ in talk.services.store.space("gateway").items()] == []
        assert not [path for path in talk.services.artefacts.folder.rglob("*") if path.is_file()]


async def test_too_many_sessions_are_refused_and_the_idle_give_way(conversing):
    async with conversing(count=3) as talk:
        first = await talk.say("one")
        talk.services.clock.advance(100)
        await talk.say("two")
        await talk.say("three")
        with pytest.raises(Unavailable, match="3 sessions"):
            await talk.sessions.create("ann")
        await talk.sessions.create("bob")
        talk.services.clock.advance(DAY - 100)
        await talk.say("four")
        with pytest.raises(UnknownSession):
            await talk.sessions.get("ann", first.session_id)
        with pytest.raises(Unavailable):
            await talk.sessions.create("ann")


async def test_sessions_in_which_nothing_was_said_give_way_first(conversing):
    async with conversing(count=3) as talk:
        used = (await talk.say("one")).session_id
        empty = [(await talk.sessions.create("ann")).id for _ in range(2)]
        # Somebody may be about to say something in those.
        with pytest.raises(Unavailable):
            await talk.sessions.create("ann")
        talk.services.clock.advance(61)
        made = [(await talk.sessions.create("ann")).id for _ in range(2)]
        assert {used, *made} == {id for id in (used, *empty, *made) if await is_there(talk, id)}


async def is_there(talk, id: str) -> bool:
    try:
        await talk.sessions.get("ann", id)
    except UnknownSession:
        return False
    return True


async def test_messages_of_one_session_are_answered_one_after_the_other(conversing, echoing):
    async with conversing() as talk:
        id = (await talk.say("begin")).session_id
        async with anyio.create_task_group() as tasks:
            for number in range(8):
                tasks.start_soon(talk.say, f"message {number}", id)
                await anyio.lowlevel.checkpoint()
        turns = await talk.sessions.turns("ann", id)
        assert [turn.number for turn in turns] == list(range(9))
        assert {turn.user["content"] for turn in turns[1:]} == {f"message {number}" for number in range(8)}
        assert all(turn.answer == f"you said: {turn.user['content']}" for turn in turns)
        whole = [message for turn in turns[:-1] for message in turn.messages]
        assert [message["content"] for message in talk.asked[:-1]] == [message["content"] for message in whole]


async def test_a_line_that_is_too_long_is_refused_at_once(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("wait")]
        id = (await talk.sessions.create("ann")).id
        async with anyio.create_task_group() as tasks:
            for _ in range(9):
                tasks.start_soon(talk.say, "hello", id)
            await talk.kit.waits.wait()
            with pytest.raises(Unavailable, match="8 messages wait"):
                await talk.say("one more", id)
            talk.kit.goes_on.set()
        assert len(await talk.sessions.turns("ann", id)) == 9


async def test_two_processes_take_turns(conversing, echoing):
    async with conversing() as talk:
        other, id = talk.elsewhere(), (await talk.say("begin")).session_id
        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(talk.say, f"here {number}", id)
                tasks.start_soon(other.say, f"there {number}", id)
        turns = await talk.sessions.turns("ann", id)
        assert [turn.number for turn in turns] == list(range(9))
        assert all(turn.answer == f"you said: {turn.user['content']}" for turn in turns)


async def test_the_lease_of_a_process_that_died_ends(conversing, echoing):
    async with conversing() as talk:
        id = (await talk.say("begin")).session_id
        space = talk.services.store.space("gateway")
        (held,) = [key.removeprefix("head:") async for key, _ in space.items("head:")]
        await space.add(f"lock:{held}", b"one that died", 10.0)
        assert await talk.sessions.is_answering("ann", id)
        talk.services.clock.advance(11)
        with anyio.fail_after(10):
            assert (await talk.say("two", id)).response == "you said: two"


async def test_an_answer_ends_when_its_session_is_deleted(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("wait")]
        id, seen = (await talk.sessions.create("ann")).id, []

        async def speak() -> None:
            with pytest.raises(Exception, match="deleted") as error:
                await talk.say("hello", id)
            seen.append(error)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(speak)
                await talk.kit.waits.wait()
                await talk.sessions.delete("ann", id)
        assert seen
        assert [key async for key, _ in talk.services.store.space("gateway").items()] == []


async def test_a_title_is_the_first_words_until_somebody_gives_another(conversing, echoing):
    async with conversing() as talk:
        reply = await talk.say("What is\n the name of the highest mountain in the whole of northern Europe?")
        (head,) = await talk.sessions.list("ann")
        assert head.title == "What is the name of the highest mountain in the whole of…"
        await talk.sessions.rename("ann", reply.session_id, " Mountains\x0b of  Norway ")
        await talk.say("and the lowest?", reply.session_id)
        assert (await talk.sessions.get("ann", reply.session_id)).title == "Mountains of Norway"


@pytest.mark.parametrize("title", ["", " \n", "\x00\x1b", "\u200b\u202e\ufeff"])
async def test_a_title_has_something_to_see(conversing, title: str):
    async with conversing() as talk:
        id = (await talk.say("one")).session_id
        with pytest.raises(InvalidArguments, match="title"):
            await talk.sessions.rename("ann", id, title)
        await talk.say(f"{title}x")
        assert sorted(head.title for head in await talk.sessions.list("ann")) == ["one", "x"]


async def test_a_title_holds_nothing_that_works_unseen(conversing):
    async with conversing() as talk:
        id = (await talk.say("a\x00b\x1b[2Jc\u202ed\u2066e\u2028f")).session_id
        assert (await talk.sessions.get("ann", id)).title == "ab[2Jcde f"
        await talk.sessions.rename("ann", id, "\u061cgood\ufeff \U000e0041 day \ud800")
        assert (await talk.sessions.get("ann", id)).title == "good day"
        family = "می‌خواهم 👩‍👧"
        await talk.sessions.rename("ann", id, family)
        assert (await talk.sessions.get("ann", id)).title == family


async def test_a_message_of_which_nothing_can_be_seen_is_listed_all_the_same(conversing):
    async with conversing() as talk:
        await talk.say("\u200b")
        assert [head.title for head in await talk.sessions.list("ann")] == ["Untitled"]


async def test_a_message_has_no_more_parts_than_a_person_sends(conversing):
    async with conversing() as talk:
        with pytest.raises(InvalidArguments, match="100 parts"):
            await talk.say([{"type": "text", "text": "x"}] * 101)
        assert await talk.sessions.list("ann") == []


async def test_nothing_can_be_said_with_nothing(conversing):
    async with conversing(bytes=10_000) as talk:
        for message in ("", " \n", [], "x" * 5_001):
            with pytest.raises(InvalidArguments):
                await talk.say(message)
        assert await talk.sessions.list("ann") == []
        id = (await talk.sessions.create("ann")).id
        with pytest.raises(InvalidArguments, match="answered again"):
            await talk.say("", id, again=True)


async def test_the_last_message_is_answered_anew(conversing):
    async with conversing() as talk:
        talk.provider.replies += [say("first"), say("second"), say("better")]
        id = (await talk.say("one")).session_id
        await talk.say("two", id)
        assert (await talk.say("", id, again=True)).response == "better"
        assert [message["content"] for message in talk.asked] == ["one", "first", "two"]
        turns = await talk.sessions.turns("ann", id)
        assert [turn.answer for turn in turns] == ["first", "better"]


@pytest.mark.parametrize("broken", [fail(400), cut(say("half", " of it"))])
async def test_an_answer_stays_until_there_is_another(conversing, broken):
    async with conversing() as talk:
        talk.provider.replies += [say("first"), call_tool("look_up", word="blue"), broken, say("better")]
        id = (await talk.say("one")).session_id
        with pytest.raises(ToolError):
            await talk.say("", id, again=True)
        (turn,) = await talk.sessions.turns("ann", id)
        assert (turn.state, turn.answer, turn.tools) == ("done", "first", [])
        assert (await talk.say("", id, again=True)).response == "better"
        (turn,) = await talk.sessions.turns("ann", id)
        assert (turn.state, turn.answer) == ("done", "better")


async def test_an_answer_stays_where_another_is_stopped(conversing):
    async with conversing() as talk:
        talk.provider.replies += [say("first"), call_tool("look_up", word="blue"), call_tool("wait")]
        id = (await talk.say("one")).session_id
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(talk.say, "", id, again=True))
            await talk.kit.waits.wait()
            tasks.cancel_scope.cancel()
        (turn,) = await talk.sessions.turns("ann", id)
        assert (turn.state, turn.answer) == ("done", "first")


async def test_what_failed_gives_way_to_what_comes_of_another_try(conversing):
    async with conversing() as talk:
        id = (await talk.sessions.create("ann")).id
        talk.provider.replies += [fail(400), cut(say("half", " of it"))]
        for message, again in (("one", False), ("", True)):
            with pytest.raises(ToolError):
                await talk.say(message, id, again=again)
        (turn,) = await talk.sessions.turns("ann", id)
        assert (turn.state, turn.user["content"]) == ("failed", "one")
        assert "broke" in turn.error
