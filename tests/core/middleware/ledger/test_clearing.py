"""Bytes of results are removed when no record can need them any more, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from toolpost.middleware.ledger.clearing import clear


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_is_older_than_any_record_is_removed(home: Any):
    other = await home.artefacts.put(b"somebody else's")
    async with home.host() as host:
        await host.call("paint")
    folder = home.artefacts.part("ledger").folder
    (kept,) = files(folder)
    os.utime(kept, (1_000, 1_000))
    assert clear(folder, 1_000) == 0
    assert clear(folder, 1_001) == 1
    assert files(folder) == []
    assert await home.artefacts.get(other) == b"somebody else's"


async def test_what_another_job_needs_becomes_young_again(home: Any):
    async with home.host(window=0) as host:
        await host.call("paint")
        (kept,) = files(home.artefacts.part("ledger").folder)
        os.utime(kept, (1_000, 1_000))
        await host.call("paint")
    assert kept.stat().st_mtime > 1_000


async def test_a_handle_of_a_part_is_found_in_the_whole(home: Any):
    handle = await home.artefacts.part("ledger").put(b"picture")
    assert await home.artefacts.get(handle) == b"picture"
    assert await home.artefacts.part("gallery").get(handle) is None
    assert await home.artefacts.delete(handle) is False
