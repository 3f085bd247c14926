"""Many callers, many calls: nobody ever gets what was made for another."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Context, Host, Tool, ToolError, ToolResult, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_cache import Cache

PEOPLE = [f"caller-{number}" for number in range(20)]
VALUES = [1, 1.0, True, "1", None, "a\0b", "é", "e\u0301", [1], {"a": 1}, {"b": [2], "a": 1}, "", 0, False]


class Canaries:
    """Tools whose answers name their caller and what they were asked; some fail, some are slow."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.one, cacheable=True), Tool(self.two, cacheable=True, meta={"cacheScope": "private"})]

    async def one(self, value: Any, context: Context) -> ToolResult:
        """Answer."""
        return await self._answer("one", value, context)

    async def two(self, value: Any, context: Context) -> ToolResult:
        """Answer."""
        return await self._answer("two", value, context)

    async def _answer(self, tool: str, value: Any, context: Context) -> ToolResult:
        if self.random.random() < 0.3:
            await anyio.lowlevel.checkpoint()
        if self.random.random() < 0.05:
            raise ToolError("failed")
        said = f"{tool} {context.principal} {type(value).__name__}"
        return ToolResult.of(said, structured={"owner": context.principal}, meta={"owner": context.principal})


@pytest.mark.parametrize("where", ["memory", "store"])
async def test_of_ten_thousand_calls_of_twenty_callers_none_gets_a_foreign_answer(where: str, tmp_path: Path):
    chosen = random.Random(where)
    kept = {"store": SQLiteStore(tmp_path / "store"), "survives": True} if where == "store" else {}
    # Memory that is too small for all of them, so that answers come from the store too.
    cache = Cache(**kept, max_entries=500)
    seen: list[tuple[str, str, Any, ToolResult]] = []

    async def caller(host: Host, name: str) -> None:
        for _ in range(500):
            tool, value = chosen.choice(["one", "two"]), chosen.choice(VALUES)
            if chosen.random() < (0.0002 if kept else 0.002):
                await host.call("cache_clear")
            with anyio.CancelScope() as scope:
                scope.deadline = -1 if chosen.random() < 0.02 else scope.deadline
                try:
                    seen.append((name, tool, value, await host.call(tool, {"value": value}, Context(principal=name))))
                except ToolError:
                    pass

    async with Host([cache, Canaries(1)]) as host, anyio.create_task_group() as tasks:
        for name in PEOPLE:
            tasks.start_soon(caller, host, name)
    for name, tool, value, result in seen:
        assert result.text == f"{tool} {name} {type(value).__name__}"
        assert (result.structured, result.meta["owner"]) == ({"owner": name}, name)
    assert len(seen) > 9_000
    assert cache.middleware().counts["hit"] > 1_000
