"""Long answers, kept whole for a while, each for the one who got it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
from pydantic_core import from_json, to_json

from toolpost.artefacts import SCHEME, Artefacts
from toolpost.canonical import canonical_digest
from toolpost.errors import Unavailable

log = logging.getLogger("toolpost.size")


@dataclass
class Kept:
    """A folder of long answers by principal: who knows the id of another's finds nothing under it.

    They live for `seconds`, and take at most about `most` bytes together;
    the oldest go first.
    """

    artefacts: Artefacts
    seconds: float
    most: int
    clock: Callable[[], float] = time.time
    _new: int = field(default=0, repr=False)

    async def put(self, parts: list[str], principal: str) -> str | None:
        """Keep a text in its parts; its id, or None where the disk does not take it."""
        content = await anyio.to_thread.run_sync(to_json, parts)
        self._new += len(content)
        if self._new > self.most // 10:
            await self.clear()
        try:
            handle = await self._of(principal).put(content)
        except Unavailable as error:
            log.error("a long answer was not kept: %s", error)
            return None
        return handle.removeprefix(SCHEME)

    async def get(self, id: str, principal: str) -> list[str] | None:
        """The parts of an id; None where this principal has none."""
        content = await self._of(principal).get(SCHEME + id)
        return None if content is None else await anyio.to_thread.run_sync(_read, content)

    async def clear(self) -> None:
        """Remove what is too old or too much."""
        self._new = 0
        await anyio.to_thread.run_sync(clear, self.artefacts.folder, self.clock() - self.seconds, self.most)

    def _of(self, principal: str) -> Artefacts:
        return self.artefacts.part(canonical_digest(principal).hex())


def _read(content: bytes) -> list[str]:
    parts: list[str] = from_json(content)
    return parts


def clear(folder: Path, before: float, most: int) -> None:
    """Remove the files from before a moment, in seconds since 1970, and the oldest until the rest is small enough."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.glob("*/*/*"):
        with suppress(OSError):  # another process may have removed it just now
            stat = path.lstat()
            found.append((stat.st_mtime, stat.st_size, path))
    total = sum(size for _, size, _ in found)
    for changed, size, path in sorted(found):
        if changed >= before and total <= most:
            break
        with suppress(OSError):
            path.unlink()
        total -= size
