"""What only the file has to stand: other processes, kills, full disks, older and newer versions."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from toolpost import Unavailable
from toolpost.store.space import Full
from toolpost.store.sqlite import SQLiteStore

WRITER = """
import sys, anyio
from functools import partial
from pathlib import Path
from toolpost.store.sqlite import SQLiteStore

async def main():
    store = SQLiteStore(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await store.set("s", f"{sys.argv[3]}{number:06}", b"x" * 500)
        await store.count("s", "total")
        print(number, flush=True)

anyio.run(main)
"""


def writer(path: Path, count: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(count), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_processes_share_a_file(tmp_path: Path):
    path = tmp_path / "store"
    for process in [writer(path, 40, name) for name in "abc"]:
        process.communicate()
        assert process.returncode == 0
    store = SQLiteStore(path)
    assert await store.count("s", "total", 0) == 120
    assert len(await store.scan("s", limit=1000)) == 121


@pytest.mark.parametrize("kill_after", [0, 1, 7, 23])
async def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path, kill_after: int):
    path = tmp_path / "store"
    process = writer(path, 100_000, "k")
    assert process.stdout is not None
    last = -1
    while last < kill_after:
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.communicate()[0].split()
    last = int(rest[-1]) if rest else last
    store = SQLiteStore(path)
    keys = [key for key, _ in await store.scan("s", "k", limit=100_000)]
    assert set(keys) >= {f"k{number:06}" for number in range(last + 1)}
    assert await store.count("s", "total", 0) >= last + 1
    await store.set("s", "after", b"fine")


async def test_many_may_open_a_new_file_at_once(tmp_path: Path):
    for number in range(20):
        stores = [SQLiteStore(tmp_path / str(number)) for _ in range(4)]
        async with anyio.create_task_group() as tasks:
            for store in stores:
                tasks.start_soon(store.set, "s", "k", b"")


async def test_a_file_from_a_newer_toolpost_is_left_alone(tmp_path: Path):
    path = tmp_path / "store"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(Unavailable, match="newer toolpost"):
        await SQLiteStore(path).get("s", "k")
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 999


async def test_a_file_that_is_no_store_is_named(tmp_path: Path):
    path = tmp_path / "store"
    path.write_bytes(b"this is something else entirely" * 100)
    with pytest.raises(Unavailable, match="not a database") as caught:
        await SQLiteStore(path).get("s", "k")
    assert str(tmp_path) not in str(caught.value)


async def test_a_folder_that_cannot_be_made_is_full(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be used"):
        await SQLiteStore(tmp_path / "file" / "store").set("s", "k", b"")


async def test_a_full_file_refuses_and_keeps_what_it_has(tmp_path: Path):
    store = SQLiteStore(tmp_path / "store")
    await store.set("s", "small", b"kept")
    assert store.file.db is not None
    pages = store.file.db.execute("PRAGMA page_count").fetchone()[0]
    store.file.db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Full, match="full"):
        await store.set("s", "large", b"x" * 1_000_000)
    assert await store.get("s", "small") == b"kept"
    assert await store.get("s", "large") is None


async def test_the_file_is_its_owners_alone(tmp_path: Path):
    store = SQLiteStore(tmp_path / "store")
    await store.set("s", "k", b"")
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o600


async def test_what_expired_takes_no_room_for_ever(tmp_path: Path):
    now = 0.0
    store = SQLiteStore(tmp_path / "store", lambda: now)
    for number in range(400):
        await store.set("s", f"k{number}", b"", ttl=1)
    now = 10.0
    for _ in range(200):
        await store.set("s", "other", b"")
    assert store.file.db is not None
    assert store.file.db.execute("SELECT count(*) FROM entries").fetchone()[0] == 1


@pytest.mark.parametrize("write", ["set", "add", "count"])
async def test_whatever_is_written_sweeps_what_has_expired(tmp_path: Path, write: str):
    now = 0.0
    store = SQLiteStore(tmp_path / "store", lambda: now)
    space = store.space("s")
    for number in range(510):
        key = f"k{number}"
        now += 10
        writes = {"set": partial(space.set, key, b"", 1), "add": partial(space.add, key, b"", 1)}
        await writes.get(write, partial(space.count, key, ttl=1))()
    assert store.file.db is not None
    assert store.file.db.execute("SELECT count(*) FROM entries").fetchone()[0] < 20


@pytest.mark.parametrize("said", ["disk I/O error", "database or disk is full", "attempt to write a readonly database"])
async def test_a_disk_that_cannot_be_written_is_full(tmp_path: Path, said: str):
    def fail(db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError(said)

    with pytest.raises(Full):
        await SQLiteStore(tmp_path / "store").file.write(fail)


async def test_plugins_that_keep_all_threads_busy_do_not_keep_the_store_waiting(tmp_path: Path):
    store, enough = SQLiteStore(tmp_path / "store"), threading.Event()
    limiter = anyio.to_thread.current_default_thread_limiter()
    async with anyio.create_task_group() as tasks:
        for _ in range(int(limiter.total_tokens)):
            tasks.start_soon(anyio.to_thread.run_sync, enough.wait)
        await anyio.wait_all_tasks_blocked()
        assert limiter.available_tokens == 0
        with anyio.fail_after(5):
            await store.set("s", "k", b"")
        enough.set()
