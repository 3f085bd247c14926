"""Answers that survive a restart: in the store, beside those in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import anyio
import anyio.to_thread
from mcp_types import ContentBlock
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from toolpost import Space, ToolResult, Unavailable
from toolpost_cache.answer import Answer
from toolpost_cache.clock import TimeOfDay

log = logging.getLogger("toolpost.cache")
# Larger answers stay in memory alone: the store is for many small ones.
LARGEST = 1024 * 1024
# A clock that was set back by less makes an answer no older than new; by more, its times mean nothing.
DAY = 86_400.0
# What has been added, as a share of all there may be, before it is looked whether that is too much.
SHARE = 8
BROKEN = (Unavailable, ValueError, KeyError, TypeError, ValidationError, PydanticSerializationError)


@dataclass(frozen=True)
class Found:
    """An answer from the store: how old it is, and for how many seconds it is still good."""

    answer: Answer
    age: float
    left: float
    for_all: bool = False


@dataclass
class Kept:
    """Answers in a space of the store; a store that fails is as good as an empty one.

    Under `answer:` lies the answer, under `used:` when it was last used and
    how many bytes it takes, so that those that nobody uses can go.
    """

    space: Space
    max_bytes: int
    max_entries: int
    clock: Callable[[], float] = field(default_factory=TimeOfDay)

    def __post_init__(self) -> None:
        self._added = [0, 0]
        self._grown = anyio.Event()

    async def get(self, key: bytes) -> Found | None:
        """An answer that is still good."""
        try:
            written = await self.space.get(f"answer:{key.hex()}")
            if written is None:
                return None
            kept = await anyio.to_thread.run_sync(from_json, written)
            age, ttl = self.clock() - kept["at"], kept["ttl"]
            if not -DAY < age < ttl:
                return None
            await self._used(key, len(written), ttl - age)
            return Found(_answer(kept), max(age, 0.0), min(ttl - age, ttl))
        except BROKEN as error:
            log.warning("a kept answer cannot be read: %s", type(error).__name__)
            return None

    async def put(self, key: bytes, answer: Answer, ttl: float) -> None:
        """Keep an answer for so many seconds, if it is not too large."""
        if answer.size > LARGEST:
            return
        try:
            written = await anyio.to_thread.run_sync(_as_json, answer, self.clock(), ttl)
            # The store goes by a clock that may be set; for how long the answer is good, `get` says.
            await self.space.set(f"answer:{key.hex()}", written, ttl + DAY)
            await self._used(key, len(written), ttl)
        except BROKEN as error:
            log.warning("an answer cannot be kept: %s", type(error).__name__)
            return
        self._count(len(written))

    async def run(self) -> None:
        """Keep the bounds, now and whenever much was added, for ever."""
        while True:
            try:
                await self.trim()
            except Unavailable as error:
                log.warning("kept answers cannot be counted: %s", error)
            await self._grown.wait()
            self._grown = anyio.Event()

    async def trim(self) -> None:
        """Drop what was not used for longest, until the rest fits."""
        used: list[tuple[float, int, str]] = []
        async for name, value in self.space.items("used:"):
            when, takes = value.split()
            used.append((float(when), int(takes), name.removeprefix("used:")))
        used.sort(reverse=True)
        total = 0
        for number, (_, size, key) in enumerate(used):
            total += size
            if total > self.max_bytes or number >= self.max_entries:
                await self.space.delete(f"answer:{key}")
                await self.space.delete(f"used:{key}")

    async def clear(self) -> int:
        """Forget them all; how many there were."""
        return await self.space.clear() // 2

    def _count(self, size: int) -> None:
        self._added = [self._added[0] + size, self._added[1] + 1]
        if self._added[0] * SHARE > self.max_bytes or self._added[1] * SHARE > self.max_entries:
            self._added = [0, 0]
            self._grown.set()

    async def _used(self, key: bytes, size: int, ttl: float) -> None:
        await self.space.set(f"used:{key.hex()}", f"{self.clock():.3f} {size}".encode(), ttl + DAY)


def _as_json(answer: Answer, at: float, ttl: float) -> bytes:
    result = answer.now({})
    content = [block.model_dump(by_alias=True, mode="json", exclude_none=True) for block in result.content]
    kept = {"at": at, "ttl": ttl, "content": content, "structured": result.structured, "meta": dict(result.meta)}
    return to_json(kept)


def _answer(kept: dict[str, Any]) -> Answer:
    content = _blocks().validate_python(kept["content"], by_name=False)
    return Answer.of(ToolResult(tuple(content), kept["structured"], meta=kept["meta"]))


@lru_cache(1)
def _blocks() -> TypeAdapter[list[ContentBlock]]:
    return TypeAdapter(list[ContentBlock])
