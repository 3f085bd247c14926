"""Expired sessions are removed in the background, whatever befalls the store."""

from __future__ import annotations

import anyio

from toolpost import Unavailable
from toolpost_gateway.sweeping import sweeping

DAY = 86_400.0


async def kept(talk) -> list[str]:
    return [key async for key, _ in talk.services.store.space("gateway").items()]


async def expire(talk) -> None:
    await talk.say("one")
    talk.services.clock.advance(DAY + 1)
    assert await kept(talk)


async def test_what_expires_is_removed_again_and_again(conversing):
    async with conversing(days=1) as talk:
        await expire(talk)
        with anyio.fail_after(10):
            async with sweeping(lambda: talk.sessions, settled=0, again=0.001):
                while await kept(talk):
                    await anyio.lowlevel.checkpoint()
                await talk.say("two")
                talk.services.clock.advance(DAY + 1)
                while await kept(talk):
                    await anyio.lowlevel.checkpoint()


async def test_a_short_command_removes_nothing(conversing):
    async with conversing(days=1) as talk:
        await expire(talk)
        async with sweeping(lambda: talk.sessions):
            await anyio.lowlevel.checkpoint()
        assert await kept(talk)


class Unsteady:
    """Sessions whose store is there only the second time."""

    def __init__(self) -> None:
        self.tries = 0
        self.was_there = anyio.Event()

    async def sweep(self) -> int:
        self.tries += 1
        if self.tries == 1:
            raise Unavailable("the disk is full")
        self.was_there.set()
        return 0


async def test_a_store_that_cannot_be_reached_is_tried_again(caplog):
    sessions = Unsteady()
    with anyio.fail_after(10):
        async with sweeping(lambda: sessions, settled=0, again=0):
            await sessions.was_there.wait()
    assert "the disk is full" in caplog.text
