"""What goes and what stays, exactly at the bounds, whoever reads and writes meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Context, Host, InvalidArguments
from toolpost_gallery import Gallery
from toolpost_gallery.collection import Record, use_of
from toolpost_gallery.entry import made_at, new_id
from toolpost_gallery.removal import UNFINISHED
from toolpost_gallery.retention import DAY, Cleaned, Retention

from .conftest import Painter, picture

NOW = 1_795_000_000.0


def files(gallery: Gallery) -> list[Path]:
    return [path for path in gallery.collection.artefacts.folder.rglob("*") if path.is_file()]


async def made(host: Host, painter: Painter, clock: Any, count: int, *, same: bool = False) -> list[str]:
    """The URIs of new pictures, a second apart, oldest first."""
    uris = []
    for number in range(count):
        clock.now += 1
        painter.returns(picture(seed=0 if same else int(clock.now) % 65_536 + number))
        uris.append((await host.call("paint")).content[-1].uri)
    return uris


def records(ages: list[float], sizes: list[int]) -> list[Record]:
    pairs = enumerate(zip(ages, sizes, strict=True))
    return [Record(f"k{n}", f"i{n}", NOW - age, f"h{n}", size) for n, (age, size) in pairs]


def test_an_age_on_the_bound_stays():
    ages = [0.0, 2 * DAY, 2 * DAY + 0.001]
    assert [record.id for record in Retention(days=2).outlived(records(ages, [1] * 3), NOW)] == ["i2"]


def test_a_count_on_the_bound_stays():
    assert [record.id for record in Retention(count=2).outlived(records([0, 1, 2], [1] * 3), NOW)] == ["i2"]


def test_bytes_on_the_bound_stay():
    assert Retention(bytes=30).outlived(records([0, 1, 2], [10] * 3), NOW) == []
    assert [record.id for record in Retention(bytes=29).outlived(records([0, 1, 2], [10] * 3), NOW)] == ["i2"]


def test_equal_pictures_count_once():
    same = [record._replace(handle="h") for record in records([0, 1, 2], [10] * 3)]
    assert Retention(bytes=10).outlived(same, NOW) == []


def test_no_bound_keeps_everything():
    assert Retention().outlived(records([10_000 * DAY], [10**15]), NOW) == []


@given(st.lists(st.integers(1, 100), max_size=30), st.integers(0, 10), st.integers(0, 500))
def test_what_stays_keeps_to_every_bound(sizes: list[int], count: int, total: int):
    newest_first = records([float(n) for n in range(len(sizes))], sizes)
    gone = Retention(count=count, bytes=total).outlived(newest_first, NOW)
    stays = [record for record in newest_first if record not in gone]
    assert newest_first == stays + gone
    assert not count or len(stays) <= count
    assert not total or sum(record.size for record in stays) <= total


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_ids_sort_newest_first(one: float, other: float):
    if abs(one - other) > 1e-5:
        assert (new_id(one) < new_id(other)) == (one > other)
    assert abs(made_at(new_id(one)) - one) < 1e-5
    assert new_id(one).isalpha()


async def test_the_oldest_go_with_their_bytes(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_count=2)
    async with Host([gallery, painter]) as host:
        uris = await made(host, painter, clock, 5)
        before = sum(file.stat().st_size for file in files(gallery))
        cleaned = await gallery.clean()
        assert cleaned == Cleaned(3, before - sum(file.stat().st_size for file in files(gallery)))
        assert len(files(gallery)) == 2
        for uri in uris[:3]:
            with pytest.raises(InvalidArguments):
                await host.read(uri)
        for uri in uris[3:]:
            await host.read(uri)
    assert await gallery.clean() == Cleaned(0, 0)


async def test_bytes_that_another_picture_needs_stay(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_count=1)
    async with Host([gallery, painter]) as host:
        uris = await made(host, painter, clock, 3, same=True)
        assert len(files(gallery)) == 1
        assert await gallery.clean() == Cleaned(2, 0)
        await host.read(uris[-1])
        assert len(files(gallery)) == 1


async def test_bytes_of_another_principal_stay(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_count=1)
    painter.returns(picture())
    async with Host([gallery, painter]) as host:
        await host.call("paint", {}, Context("ann"))
        clock.now += 1
        uri = (await host.call("paint", {}, Context("bob"))).content[-1].uri
        await gallery.clean()
        await host.read(uri, Context("bob"))
    assert await gallery.collection.newest("ann", 9) == []


async def test_what_other_plugins_keep_is_not_touched(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_count=1)
    handle = await gallery.artefacts.put(picture(seed=7))
    async with Host([gallery, painter]) as host:
        painter.returns(picture(seed=7))
        await host.call("paint")
        await made(host, painter, clock, 1)
        await gallery.clean()
    assert await gallery.artefacts.get(handle) == picture(seed=7)


async def test_it_is_cleaned_up_after_so_many_pictures(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_count=3)
    async with Host([gallery, painter]) as host:
        await made(host, painter, clock, gallery.housekeeping.every)
        with anyio.fail_after(20):
            while len(await gallery.collection.newest("local", 100)) > 3:
                await anyio.sleep(0.01)


async def test_it_is_cleaned_up_after_the_start(build: Callable[..., Gallery], painter: Painter, clock: Any):
    async with Host([build(), painter]) as host:
        await made(host, painter, clock, 4)
    gallery = build(keep_count=1)
    gallery.housekeeping.settled = 0.0
    async with Host([gallery, painter]):
        with anyio.fail_after(20):
            while len(await gallery.collection.newest("local", 100)) > 1:
                await anyio.sleep(0.01)


async def test_pictures_grow_old_where_no_others_are_made(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build(keep_days=1)
    gallery.housekeeping.settled = gallery.housekeeping.again = 0.0
    async with Host([gallery, painter]) as host:
        await made(host, painter, clock, 1)
        clock.now += 2 * 86_400
        with anyio.fail_after(20):
            while await gallery.collection.newest("local", 100):
                await anyio.sleep(0.01)


async def test_what_the_killed_left_behind_goes(build: Callable[..., Gallery], clock: Any):
    gallery = build()
    collection = gallery.collection
    handle = await collection.artefacts.put(b"half kept")
    await collection.space.set(use_of(handle.rpartition(":")[2], new_id(clock.now)), b"picture:x:y")
    torn = collection.artefacts.path(handle).with_name(".torn_abc")
    torn.write_bytes(b"to")
    stray = collection.artefacts.path(await collection.artefacts.put(b"used by nobody"))
    foreign = stray.with_name("notes.txt")
    foreign.write_text("not ours")
    for path in (torn, stray, foreign):
        os.utime(path, (clock.now, clock.now))
    clock.now += UNFINISHED - 1
    await gallery.clean()
    assert len(files(gallery)) == 4
    clock.now += 2
    await gallery.clean()
    assert files(gallery) == [foreign]
    assert await collection.space.scan() == []


async def test_cleaning_reading_and_writing_at_once(build: Callable[..., Gallery], painter: Painter, clock: Any):
    """Two galleries over the same folders, as two processes; what is listed after all is readable and whole."""
    galleries = [build(keep_count=5, clock=time.time), build(keep_count=5, clock=time.time)]
    bystander = galleries[0].artefacts.folder / "bystander"
    originals = [picture(seed=seed) for seed in range(3)]
    read = kept = 0

    async with Host([galleries[0]]) as one, Host([galleries[1]]) as other:
        bystander.parent.mkdir(parents=True, exist_ok=True)
        bystander.write_bytes(b"not ours")
        for gallery in galleries:
            assert await gallery.clean() == Cleaned(0, 0)  # both have opened the store

        async def write(gallery: Gallery, rounds: int) -> None:
            nonlocal kept
            mine = Painter()
            host = Host([gallery, mine])
            for number in range(rounds):
                mine.returns(originals[number % 3])
                uri = (await host.call("paint")).content[-1].uri
                assert uri.startswith("gallery://")
                kept += 1

        async def look(host: Host, gallery: Gallery) -> None:
            nonlocal read
            while True:
                for entry in await gallery.collection.newest("local", 10):
                    try:
                        _, result = await host.read(entry.uri)
                    except InvalidArguments:
                        continue  # it was removed between the list and the read
                    assert result.content[0].type == "image"
                    read += 1

        async def clean(gallery: Gallery) -> None:
            while True:
                await gallery.clean()

        async with anyio.create_task_group() as meanwhile:
            for host, gallery in zip((one, other), galleries, strict=True):
                meanwhile.start_soon(look, host, gallery)
                meanwhile.start_soon(clean, gallery)
            async with anyio.create_task_group() as writers:
                for gallery in galleries:
                    writers.start_soon(write, gallery, 40)
            meanwhile.cancel_scope.cancel()

        await galleries[0].clean()
        left = await galleries[1].collection.newest("local", 100)
        assert len(left) == 5
        for entry in left:
            await other.read(entry.uri)
    assert kept == 80
    assert read > 0
    assert bystander.read_bytes() == b"not ours"
    assert len(files(galleries[0])) == len({entry.handle for entry in left})
