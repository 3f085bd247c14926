"""What every backend of the store does alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost.store import Store
from toolpost.store.sqlite import SQLiteStore


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = SQLiteStore(tmp_path / "new" / "store.sqlite3", clock)
    yield opened
    await opened.aclose()


async def test_what_was_set_is_there(store: Store):
    space = store.space("a")
    await space.set("key", b"\0value")
    assert await space.get("key") == b"\0value"
    assert await space.get("other") is None


async def test_spaces_do_not_see_each_other(store: Store):
    await store.space("a").set("key", b"1")
    assert await store.space("b").get("key") is None
    assert await store.space("b").clear() == 0
    assert await store.space("a").clear() == 1


async def test_what_has_expired_is_not_counted_when_a_space_is_cleared(store: Store, clock: Clock):
    space = store.space("a")
    await space.set("old", b"1", ttl=1)
    await space.set("new", b"1")
    clock.now += 2
    assert await space.clear() == 1


async def test_what_has_expired_is_not_there(store: Store, clock: Clock):
    space = store.space("a")
    await space.set("key", b"1", ttl=10)
    clock.now += 9.9
    assert await space.get("key") == b"1"
    clock.now += 0.2
    assert await space.get("key") is None
    assert await space.scan() == []
    assert await space.add("key", b"2")


async def test_adding_takes_only_what_is_free(store: Store):
    space = store.space("a")
    assert await space.add("key", b"1")
    assert not await space.add("key", b"2")
    assert await space.get("key") == b"1"


async def test_a_swap_is_made_only_from_the_value_it_names(store: Store):
    space = store.space("a")
    await space.set("key", b"1")
    assert not await space.swap("key", b"0", b"2")
    assert await space.swap("key", b"1", b"2")
    assert await space.swap("key", b"2", None)
    assert await space.get("key") is None


async def test_swaps_of_several_keys_are_made_all_or_none(store: Store, clock: Clock):
    space = store.space("a")
    await space.set("old", b"1")
    assert not await space.swap_all([("new", None, b"1", None), ("old", b"0", None, None)])
    assert await space.scan() == [("old", b"1")]
    assert await space.swap_all([("old", b"1", None, None), ("new", None, b"2", 10), ("kept", None, b"3", None)])
    assert await space.scan() == [("kept", b"3"), ("new", b"2")]
    clock.now += 11
    assert await space.swap_all([("new", None, b"4", None)])
    assert await space.swap_all([])


async def test_of_swaps_at_once_that_name_one_value_one_is_made(store: Store):
    space = store.space("a")
    made: list[int] = []

    async def swap(number: int) -> None:
        if await space.swap_all([(f"own {number}", None, b"", None), ("shared", None, b"%d" % number, None)]):
            made.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(swap, number)
    (one,) = made
    assert await space.scan() == [(f"own {one}", b""), ("shared", b"%d" % one)]


async def test_deleting_says_whether_there_was_anything(store: Store):
    space = store.space("a")
    await space.set("key", b"1")
    assert [await space.delete("key"), await space.delete("key")] == [True, False]


async def test_counting_is_exact_however_many_count(store: Store):
    space = store.space("a")

    async def count() -> None:
        for _ in range(20):
            await space.count("n")

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(count)
    assert await space.count("n", 0) == 200


async def test_a_count_lives_from_its_first_change(store: Store, clock: Clock):
    space = store.space("a")
    await space.count("n", 5, ttl=10)
    clock.now += 9
    assert await space.count("n", 1, ttl=10) == 6
    clock.now += 2
    assert await space.count("n", 1, ttl=10) == 1


async def test_keys_come_in_order_page_by_page(store: Store):
    space = store.space("a")
    for number in range(250):
        await space.set(f"k{number:03}", b"%d" % number)
    await space.set("other", b"")
    assert [key async for key, _ in space.items("k")] == [f"k{number:03}" for number in range(250)]
    assert [key for key, _ in await space.scan("k", after="k247")] == ["k248", "k249"]


@pytest.mark.parametrize("prefix", ["%", "_", "a%", "'", "ä", "\U0001f600"])
async def test_a_prefix_means_what_it_says(store: Store, prefix: str):
    space = store.space("a")
    await space.set(f"{prefix}1", b"")
    await space.set("ab", b"")
    assert [key for key, _ in await space.scan(prefix)] == [f"{prefix}1"]


async def test_a_lock_is_held_by_one(store: Store):
    space, inside, most = store.space("a"), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with space.lock("x"):
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(work)
    assert most == 1


async def test_the_lock_of_one_who_died_is_free_after_its_time(store: Store, clock: Clock):
    space = store.space("a")
    await space.add("lock:x", b"dead", 5)
    clock.now += 6
    with anyio.fail_after(2):
        async with space.lock("x"):
            pass


async def test_a_lock_that_ran_out_does_not_free_that_of_its_successor(store: Store, clock: Clock):
    space = store.space("a")
    async with space.lock("x", ttl=5):
        clock.now += 6
        assert await space.add("lock:x", b"next")
    assert await space.get("lock:x") == b"next"


async def test_messages_reach_those_who_are_subscribed(store: Store):
    heard: list[bytes] = []
    await store.publish("t", b"before")

    async def listen() -> None:
        async for message in store.subscribe("t"):
            heard.append(message)
            if message == b"last":
                return

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await anyio.wait_all_tasks_blocked()
            while not heard:
                await store.publish("t", b"first")
                await anyio.sleep(0.01)
            await store.publish("u", b"other")
            await store.publish("t", b"last")
    assert (heard[0], heard[-1]) == (b"first", b"last")
    assert not {b"before", b"other"} & set(heard)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.binary(max_size=3)), max_size=30))
def test_it_is_a_dictionary(steps: list[tuple[str, bytes | None]]):
    import tempfile

    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store, model = SQLiteStore(Path(folder) / "s"), dict[str, bytes]()
            for key, value in steps:
                if value is None:
                    assert await store.delete("s", key) == (model.pop(key, None) is not None)
                else:
                    await store.set("s", key, value)
                    model[key] = value
            assert await store.scan("s") == sorted(model.items())
            await store.aclose()

    anyio.run(run)
