"""The layer and the tools of the `cache` plugin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Annotated

import anyio
from cachetools import TLRUCache
from pydantic import Field

from toolpost import CallNext, Middleware, Store, Tool, ToolCall, ToolResult, hookimpl
from toolpost_cache.kept import Kept
from toolpost_cache.keys import key_of

META = "toolpost/cache"
# In the `meta` of a result that only says that the work goes on.
UNFINISHED = "toolpost/unfinished"
Seconds = Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Entry:
    """A kept answer: its size in bytes, and for how many seconds it is good."""

    result: ToolResult
    size: int
    ttl: float


@dataclass
class Flight:
    """A call that is under way, which equal calls wait for."""

    landed: anyio.Event = field(default_factory=anyio.Event)
    result: ToolResult | None = None


@dataclass
class Statistics:
    """What the cache has done since it started, and holds now."""

    hits: int
    misses: int
    joined: Annotated[int, Field(description="Calls that waited for an equal one under way.")]
    entries: int
    bytes: int
    max_bytes: int


@dataclass
class Cache:
    """Answers equal calls of one principal from memory.

    Only tools that call themselves cacheable, or that `tools` lists, with
    seconds of their own if need be. Errors and refusals are exceptions, so
    they never come here; a result with `is_error` is not kept. With `survives`
    answers are also put into the store, and found there after a restart.
    """

    store: Store | None = None
    ttl: Seconds = 600.0
    max_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    max_entries: Annotated[int, Field(ge=1)] = 10_000
    tools_ttl: dict[str, Seconds] = field(default_factory=dict)
    except_tools: list[str] = field(default_factory=list)
    survives: bool = False
    clock: Callable[[], float] = field(default=monotonic, repr=False)

    def __post_init__(self) -> None:
        if self.survives and self.store is None:
            raise ValueError("survives: there is no store to keep answers in")
        self._kept = Kept(self.store.space("cache")) if self.survives and self.store is not None else None
        self._entries: TLRUCache[bytes, Entry] = TLRUCache(
            self.max_bytes, ttu=lambda _, entry, now: now + entry.ttl, timer=self.clock, getsizeof=lambda e: e.size
        )
        self._flights: dict[bytes, Flight] = {}
        self._counts: Counter[str] = Counter()

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.cache_stats, read_only=True, idempotent=True, open_world=False),
            Tool(self.cache_clear, destructive=True, idempotent=True, open_world=False),
        ]

    def applies_to(self, tool: Tool) -> bool:
        """Only tools whose answers keep."""
        return tool.name not in self.except_tools and (tool.cacheable or tool.name in self.tools_ttl)

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Answer from memory, or with the answer of an equal call under way, or go on."""
        key = key_of(call)
        while True:
            entry: Entry | None = self._entries.get(key)
            if entry is not None:
                return self._hit(call, entry.result, "hit")
            flight = self._flights.get(key)
            if flight is None:
                return await self._lead(key, call, call_next)
            await flight.landed.wait()
            if flight.result is not None:
                return self._hit(call, flight.result, "joined")
            # The leader failed or left, which is its own affair: one of those who waited leads now.

    def explain(self, call: ToolCall) -> str:
        return "would answer from memory" if key_of(call) in self._entries else "would remember the answer"

    async def cache_stats(self) -> Statistics:
        """Say how often the cache answered, and how full it is."""
        return Statistics(
            self._counts["hit"],
            self._counts["miss"],
            self._counts["joined"],
            len(self._entries),
            int(self._entries.currsize),
            self.max_bytes,
        )

    async def cache_clear(self) -> str:
        """Forget every kept answer."""
        forgotten = len(self._entries)
        self._entries.clear()
        if self._kept is not None:
            forgotten = max(forgotten, await self._kept.clear())
        return f"forgot {forgotten} answers"

    async def _lead(self, key: bytes, call: ToolCall, call_next: CallNext) -> ToolResult:
        flight = self._flights[key] = Flight()
        try:
            if self._kept is not None and (found := await self._kept.get(key)) is not None:
                flight.result, seconds = found
                self._keep(key, flight.result, seconds)
                return self._hit(call, flight.result, "hit")
            self._counts["miss"] += 1
            result = await call_next(call)
            if not result.is_error:
                # Those who waited hear even that the work goes on: their patience is used up too.
                flight.result = _own(result)
                if UNFINISHED not in result.meta:
                    await self._remember(key, call.tool, flight.result)
            return replace(result, meta={**result.meta, META: "miss"})
        finally:
            del self._flights[key]
            flight.landed.set()

    async def _remember(self, key: bytes, tool: Tool, result: ToolResult) -> None:
        ttl = self.tools_ttl.get(tool.name, self.ttl)
        self._keep(key, result, ttl)
        if self._kept is not None:
            await self._kept.put(key, result, ttl)

    def _keep(self, key: bytes, result: ToolResult, ttl: float) -> None:
        size = size_of(result)
        if size > self.max_bytes:
            return
        while len(self._entries) >= self.max_entries:
            self._entries.popitem()
        self._entries[key] = Entry(result, size, ttl)

    def _hit(self, call: ToolCall, result: ToolResult, how: str) -> ToolResult:
        self._counts[how] += 1
        call.context.note("cache", how)
        return replace(_own(result), meta={**result.meta, META: how})


def _own(result: ToolResult) -> ToolResult:
    """A result whose data nobody else holds: a layer that changes what it got changes no one else's answer."""
    content = tuple(block.model_copy(deep=True) for block in result.content)
    return replace(result, content=content, structured=deepcopy(result.structured), meta=deepcopy(dict(result.meta)))


def size_of(result: ToolResult) -> int:
    """About how many bytes a result takes: its texts and base64, twice for structured content."""
    total = 256
    for block in result.content:
        text: str | None = getattr(block, "text", None) or getattr(block, "data", None)
        total += 128 + (len(text) if text is not None else len(block.model_dump_json()))
    return total + (len(repr(result.structured)) if result.structured is not None else 0)
