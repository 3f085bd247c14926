"""Who runs a job, and whether that process is still there."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from toolpost.middleware.ledger.book import Book


@pytest.fixture
def book(home: Any) -> Book:
    return home.ledger(lease=1_000.0).book


async def said_by(book: Book, name: bytes | None = None, number: int | None = None) -> bool:
    """Whether a process counts as alive that said this, as it would have been said by this one."""
    await book.beat()
    key = f"process:{book.process}"
    mine, _, own = (await book.space.get(key)).rpartition(b":")
    await book.space.set(key, b"%b:%b" % (name or mine, own if number is None else str(number).encode()))
    record = type("Record", (), {"process": book.process})
    return await book.is_alive(record)  # type: ignore[arg-type]  # it looks at nothing else


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


async def test_this_process_is_alive(book: Book):
    assert await said_by(book)


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody asks")
async def test_one_of_this_machine_that_was_killed_is_known_before_its_lease_ends(book: Book, gone: int):
    assert not await said_by(book, number=gone)


async def test_one_of_another_machine_is_believed_until_its_lease_ends(book: Book, gone: int):
    assert await said_by(book, b"elsewhere", gone)


async def test_one_that_said_nothing_is_not_alive(book: Book):
    record = type("Record", (), {"process": "unheard"})
    assert not await book.is_alive(record)  # type: ignore[arg-type]  # it looks at nothing else
