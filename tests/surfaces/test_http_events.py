"""What a lost stream is resumed with: bounded, and of its own session alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp.server.streamable_http import EventMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from toolpost.server.events import LARGE, Events, SessionEvents
from toolpost.store.sqlite import SQLiteStore


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "store.sqlite3")
    yield store
    await store.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def events(store: SQLiteStore, clock: Clock) -> Events:
    return Events(store.space("events"), count=10, total=4 * LARGE, seconds=60, clock=clock)


def note(text: str) -> JSONRPCNotification:
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={"data": text})


def answer(number: int, text: str = "") -> JSONRPCResponse:
    return JSONRPCResponse(jsonrpc="2.0", id=number, result={"text": text})


async def replayed(session: SessionEvents, last: str) -> tuple[str | None, list[Any]]:
    sent: list[EventMessage] = []

    async def send(event: EventMessage) -> None:
        sent.append(event)

    stream = await session.replay_events_after(last, send)
    return stream, [event.message for event in sent]


async def test_what_came_after_an_event_on_its_stream_is_sent_again(events: Events):
    session = events.session()
    first = await session.store_event("1", None)
    await session.store_event("1", note("a"))
    await session.store_event("2", note("of another stream"))
    second = await session.store_event("1", note("b"))
    assert await replayed(session, first) == ("1", [note("a"), note("b")])
    assert await replayed(session, second) == ("1", [])


async def test_a_stream_that_has_its_answer_ends(events: Events):
    session = events.session()
    first = await session.store_event("1", None)
    await session.store_event("1", answer(1))
    assert await replayed(session, first) == (None, [answer(1)])


@pytest.mark.parametrize("last", ["", "x", "-", "0-1", "x" * 100_000, "\N{SNOWMAN}-1", "-1"])
async def test_what_is_no_event_resumes_nothing(events: Events, last: str):
    session = events.session()
    await session.store_event("1", note("a"))
    assert await replayed(session, last) == (None, [])


async def test_a_session_never_sees_anothers_events(events: Events):
    one, other = events.session(), events.session()
    first = await one.store_event("1", None)
    await one.store_event("1", note("secret"))
    await other.store_event("1", note("mine"))
    assert await replayed(other, first) == (None, [])
    forged = f"{first.rpartition('-')[0]}-0"
    assert await replayed(other, forged) == (None, [])


async def test_a_large_message_lies_in_the_store(events: Events, store: SQLiteStore):
    session = events.session()
    first = await session.store_event("1", None)
    large = answer(1, "x" * LARGE)
    name = await session.store_event("1", large)
    assert await store.space("events").get(name)
    assert await replayed(session, first) == (None, [large])


async def test_events_are_so_many_and_no_more(events: Events):
    session = events.session()
    first = await session.store_event("1", None)
    for number in range(50):
        await session.store_event("1", note(str(number)))
    assert events.kept == 10
    assert await replayed(session, first) == (None, [])


async def test_events_take_so_many_bytes_and_no_more(events: Events, store: SQLiteStore):
    session = events.session()
    names = [await session.store_event("1", answer(number, "x" * LARGE)) for number in range(6)]
    kept = [key async for key, _ in store.space("events").items()]
    assert sorted(kept) == sorted(names[-len(kept) :])
    assert len(kept) == events.kept <= 4
    assert await replayed(session, await session.store_event("2", answer(9, "x" * 9 * LARGE))) == (None, [])
    assert events.kept == 0


async def test_events_last_so_long_and_no_longer(events: Events, clock: Clock):
    session = events.session()
    first = await session.store_event("1", None)
    await session.store_event("1", note("a"))
    clock.now = 61
    last = await session.store_event("1", note("b"))
    assert events.kept == 1
    assert await replayed(session, first) == (None, [])
    assert await replayed(session, last) == ("1", [])


async def test_a_message_that_the_store_has_lost_is_passed_over(events: Events, store: SQLiteStore):
    session = events.session()
    first = await session.store_event("1", None)
    await session.store_event("1", answer(1, "x" * LARGE))
    await store.space("events").clear()
    assert await replayed(session, first) == (None, [])


async def test_a_store_that_fails_costs_no_more_than_coming_back(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    broken = SQLiteStore(tmp_path / "folder")
    session = Events(broken.space("events")).session()
    first = await session.store_event("1", None)
    await session.store_event("1", answer(1, "x" * LARGE))
    await session.store_event("1", note("a"))
    assert await replayed(session, first) == (None, [note("a")])
