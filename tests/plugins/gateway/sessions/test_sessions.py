"""Sessions: whose they are, how long they last, and what is in them."""

from __future__ import annotations

import re

import anyio
import pytest

from toolpost import InvalidArguments, Unavailable
from toolpost.testing.openai import call_tool, say
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
        first = await talk.sessions.create("ann")
        talk.services.clock.advance(1)
        await talk.sessions.create("ann")
        await talk.sessions.create("ann")
        with pytest.raises(Unavailable, match="3 sessions"):
            await talk.sessions.create("ann")
        await talk.sessions.create("bob")
        talk.services.clock.advance(DAY - 1)
        await talk.sessions.create("ann")
        with pytest.raises(UnknownSession):
            await talk.sessions.get("ann", first.id)
        with pytest.raises(Unavailable):
            await talk.sessions.create("ann")


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
