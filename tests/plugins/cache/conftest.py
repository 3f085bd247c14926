"""A tool that counts its calls and can be held, and a clock that stands still until it is set."""

from __future__ import annotations

from typing import Any

import anyio

from toolpost import Tool, ToolError, ToolResult, hookimpl


class Counting:
    """Answers with how often it was asked; `gate`, if there is one, must open first."""

    def __init__(self, **nature: Any) -> None:
        self.calls = 0
        self.nature = {"cacheable": True, **nature}
        self.fails = 0
        self.gate: anyio.Event | None = None

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.count, **self.nature)]

    async def count(self, text: str = "") -> ToolResult:
        self.calls += 1
        number = self.calls
        if self.gate is not None:
            await self.gate.wait()
        if number <= self.fails:
            raise ToolError("failed")
        return ToolResult.of(f"{number} {text}")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
