"""The `cache` plugin: its settings, tools and gauges."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import anyio
from pydantic import Field

from toolpost import Context, Gauge, Middleware, Refused, Store, Tool, hookimpl
from toolpost_cache.clock import elapsed
from toolpost_cache.layer import Layer
from toolpost_cache.memory import Memory

if TYPE_CHECKING:
    from toolpost import Route
    from toolpost_cache.kept import Kept

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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

    Only tools that call themselves cacheable, or that `tools_ttl` lists, with
    seconds of their own. Only whole answers are kept: errors and refusals are
    exceptions, so they never come here. With `survives` answers are also put
    into the store, and found there after a restart.
    """

    store: Store | None = None
    ttl: Seconds = 600.0
    max_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    max_entries: Annotated[int, Field(ge=1)] = 10_000
    max_result_bytes: Annotated[int, Field(ge=0)] = 8 * 1024 * 1024
    tools_ttl: dict[str, Seconds] = field(default_factory=dict)
    except_tools: list[str] = field(default_factory=list)
    survives: bool = False
    clock: Callable[[], float] = field(default=elapsed, repr=False)

    def __post_init__(self) -> None:
        if self.survives and self.store is None:
            raise ValueError("survives: there is no store to keep answers in")
        self._kept: Kept | None = None
        if self.survives and self.store is not None:
            from toolpost_cache.kept import Kept

            self._kept = Kept(self.store.space("cache"), self.max_bytes, self.max_entries)
        self._memory = Memory(self.max_bytes, self.max_entries, self.clock)
        self._layer = Layer(self._seconds, self._memory, self._kept, self.max_result_bytes, self.clock)

    @hookimpl
    def middleware(self) -> Middleware:
        return self._layer

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.cache_stats, read_only=True, idempotent=True, open_world=False),
            Tool(self.cache_clear, destructive=True, idempotent=True, open_world=False),
        ]

    @hookimpl
    def gauges(self) -> Iterable[Gauge]:
        """How full it is."""
        return [
            Gauge("toolpost_cache_entries", "Answers kept in memory.", lambda: len(self._memory)),
            Gauge("toolpost_cache_bytes", "Bytes that they take.", lambda: self._memory.size),
        ]

    @hookimpl
    def routes(self) -> list[Route]:
        from toolpost_cache.routes import routes

        return routes()

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keep the bounds of what is in the store."""
        if self._kept is None:
            yield
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._kept.run)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def cache_stats(self) -> Statistics:
        """Say how often the cache answered, and how full it is."""
        counts = self._layer.counts
        return Statistics(
            counts["hit"], counts["miss"], counts["joined"], len(self._memory), self._memory.size, self.max_bytes
        )

    async def cache_clear(self, context: Context) -> str:
        """Forget every kept answer, of all callers."""
        if "admin" not in context.scopes:
            raise Refused("only an administrator may forget the answers of all callers")
        forgotten = self._layer.clear()
        if self._kept is not None:
            forgotten = max(forgotten, await self._kept.clear())
        return f"forgot {forgotten} answers"

    def _seconds(self, tool: Tool) -> float | None:
        """For how long a tool's answers are kept; None of one whose are not."""
        if tool.name in self.except_tools:
            return None
        return self.tools_ttl.get(tool.name, self.ttl if tool.cacheable else None)
