"""Answers in the store: they survive, within their bounds, whatever the clock does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Context, Embedded, Host, Image, Link, Tool, ToolResult, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_cache import Cache
from toolpost_cache.clock import TimeOfDay

from .conftest import Clock, Counting


async def test_answers_survive_a_restart_where_that_is_asked_for(tmp_path: Path):
    counting = Counting()
    for expected in ("miss", "hit", "hit"):
        store = SQLiteStore(tmp_path / "store")
        async with Host([Cache(store=store, survives=True), counting]) as host:
            result = await host.call("count", {"text": "x"})
            other = await host.call("count", {"text": "x"}, Context(principal="bob"))
        await store.aclose()
        assert (result.text, result.meta["toolpost/cache"]) == ("1 x", expected)
        assert other.text == "2 x"
    assert counting.calls == 2


async def test_clearing_forgets_what_would_survive(tmp_path: Path):
    counting = Counting()
    async with Host([Cache(store=SQLiteStore(tmp_path / "store"), survives=True), counting]) as host:
        await host.call("count")
        await host.call("cache_clear")
        await host.call("count")
    assert counting.calls == 2


async def test_a_store_that_fails_is_as_good_as_an_empty_one(tmp_path: Path):
    (tmp_path / "store").write_bytes(b"no database" * 1000)
    async with Host([Cache(store=SQLiteStore(tmp_path / "store"), survives=True), Counting()]) as host:
        assert (await host.call("count")).text == "1 "
        assert (await host.call("count")).text == "1 "


def test_answers_cannot_survive_without_a_store():
    with pytest.raises(ValueError, match="no store"):
        Cache(survives=True)


class Wall:
    """The clock on the wall, which may be set."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def process(tmp_path: Path) -> Any:
    """Begins a process with a cache in the store, its clocks as the test sets them; answers with the cache."""
    wall = Wall()

    def begun(**settings: Any) -> Cache:
        passed = Clock()
        cache = Cache(SQLiteStore(tmp_path / "store", wall), survives=True, clock=passed, **settings)
        cache._kept.clock = TimeOfDay(wall, passed)
        begun.passed = passed
        return cache

    begun.wall = wall
    return begun


async def asked(cache: Cache, counting: Counting, *texts: str) -> list[str]:
    async with Host([cache, counting]) as host:
        return [(await host.call("count", {"text": text})).meta["toolpost/cache"] for text in texts or ("x",)]


async def test_a_kept_answer_grows_old_across_processes(process: Any):
    counting = Counting()
    assert await asked(process(ttl=60), counting) == ["miss"]
    process.wall.now += 40
    async with Host([process(ttl=60), counting]) as host:
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache_age"] == 40
        process.passed.now = 15
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache_age"] == 55
        process.passed.now = 21
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache"] == "miss"


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0, -1.7e9, 1e9])
async def test_a_clock_that_is_set_while_a_process_runs_changes_nothing(process: Any, jump: float):
    counting, cache = Counting(), process(ttl=600)
    async with Host([cache, counting]) as host:
        await host.call("count", {"text": "x"})
        process.wall.now += jump if abs(jump) < 7_200 else 0
        cache._memory.clear()
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache"] == "hit"
        process.passed.now = 601
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache"] == "miss"


@pytest.mark.parametrize(("jump", "found"), [(-3_600.0, "hit"), (-1e8, "miss"), (3_600.0, "miss")])
async def test_no_answer_lives_for_ever_because_a_clock_was_set_back(process: Any, jump: float, found: str):
    counting = Counting()
    await asked(process(ttl=600), counting)
    process.wall.now += jump
    async with Host([process(ttl=600), counting]) as host:
        assert (await host.call("count", {"text": "x"})).meta["toolpost/cache"] == found
        process.passed.now = 601
        process.wall.now += 86_400
        assert (await asked(process(ttl=600), counting)) == ["miss"]


async def test_the_store_holds_no_more_than_memory_may(process: Any):
    counting = Counting()
    cache = process(max_entries=5, max_bytes=100_000)
    async with Host([cache, counting]) as host:
        for number in range(12):
            process.passed.now += 1
            await host.call("count", {"text": str(number)})
    await cache._kept.trim()
    assert len([name async for name, _ in cache._kept.space.items("answer:")]) == 5
    kept = await asked(process(max_entries=5), counting, "11", "10", "9", "8", "7")
    assert kept == ["hit"] * 5


async def test_those_not_used_for_longest_are_dropped_from_the_store(process: Any):
    counting = Counting()
    cache = process(max_entries=100)
    async with Host([cache, counting]) as host:
        for text in "abcd":
            process.passed.now += 1
            await host.call("count", {"text": text})
        cache._memory.clear()
        process.passed.now += 1
        await host.call("count", {"text": "a"})
        cache._kept.max_entries = 2
        await cache._kept.trim()
    assert await asked(process(), counting, "a", "d", "b") == ["hit", "hit", "miss"]


async def test_the_bounds_are_kept_while_the_host_runs(process: Any):
    cache, counting = process(max_entries=4), Counting()
    async with Host([cache, counting]) as host:
        for number in range(40):
            await host.call("count", {"text": str(number)})
        while len([name async for name, _ in cache._kept.space.items("answer:")]) > 8:
            await anyio.sleep(0)


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b"null", b'{"at": "x"}', b'{"at": 1e999, "ttl": 5}', b"\xff"])
async def test_what_cannot_be_read_is_not_there(process: Any, written: bytes):
    cache, counting = process(), Counting()
    async with Host([cache, counting]) as host:
        await host.call("count")
        async for name, _ in cache._kept.space.items("answer:"):
            await cache._kept.space.set(name, written)
        cache._memory.clear()
        assert (await host.call("count")).meta["toolpost/cache"] == "miss"


async def test_every_kind_of_content_survives(process: Any):
    class Rich:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.rich, cacheable=True)]

        async def rich(self) -> ToolResult:
            blocks = ["é\0", Image(b"x"), Embedded("memo://1", "y"), Link("https://example.com/", name="z")]
            return ToolResult.of(*blocks, structured={"n": 1.0, "i": 10**30, "s": "\u2028"}, meta={"k": [None]})

    results = []
    for _ in range(2):
        async with Host([process(), Rich()]) as host:
            results.append(await host.call("rich"))
    first, second = results
    assert (second.content, second.structured) == (first.content, first.structured)
    assert isinstance(second.structured["n"], float)
    assert second.meta["k"] == [None]


async def test_nothing_in_the_keys_of_the_store_says_who_asked_what(process: Any, tmp_path: Path):
    async with Host([process(), Counting()]) as host:
        await host.call("count", {"text": "secret"}, Context(principal="ann@example.com"))
    names = [name async for name, _ in SQLiteStore(tmp_path / "store", process.wall).space("cache").items()]
    assert names
    assert not any("ann" in name or "secret" in name for name in names)
