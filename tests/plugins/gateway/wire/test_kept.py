"""Answers are kept in a ring, for their own callers, for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from toolpost.testing import open_services
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.responses.kept import NAME, Kept, Shelf


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with open_services() as services:
        yield Shelf(services.store.space("test"), 3, 60.0, 10_000)


async def kept(shelf: Shelf, who: str, text: str = "Hi") -> str:
    name = await shelf.name(who)
    await shelf.keep(who, name, Kept({"id": name}, [{"role": "user", "content": text}], frozenset({"office"})))
    return name


async def test_what_is_kept_is_found(shelf: Shelf):
    name = await kept(shelf, "ann")
    found = await shelf.find("ann", name)
    assert found == Kept({"id": name}, [{"role": "user", "content": "Hi"}], frozenset({"office"}))


async def test_nobody_else_finds_it(shelf: Shelf):
    name = await kept(shelf, "ann")
    await kept(shelf, "bob")
    with pytest.raises(Fault):
        await shelf.find("bob", name)


async def test_the_oldest_gives_way(shelf: Shelf):
    names = [await kept(shelf, "ann") for _ in range(4)]
    with pytest.raises(Fault):
        await shelf.find("ann", names[0])
    for name in names[1:]:
        assert (await shelf.find("ann", name)).response["id"] == name


async def test_what_is_too_long_is_not_kept(shelf: Shelf):
    name = await kept(shelf, "ann", "x" * 20_000)
    with pytest.raises(Fault):
        await shelf.find("ann", name)


async def test_what_begins_too_long_is_refused_before_it_is_answered(shelf: Shelf):
    shelf.check([{"role": "user", "content": "x" * 5_000}])
    with pytest.raises(Fault, match="too long"):
        shelf.check([{"role": "user", "content": [{"type": "text", "text": "x" * 6_000}] * 2}])


async def test_names_cannot_be_guessed(shelf: Shelf):
    names = {await shelf.name("ann") for _ in range(100)}
    assert len(names) == 100
    assert all(NAME.fullmatch(name) for name in names)
