"""A layer that rewrites whatever leaves bit by bit."""

from __future__ import annotations

from typing import Any

from toolpost import TextFilter, ToolCall, ToolResult, hookimpl


class Shouting:
    """A layer that rewrites what leaves bit by bit."""

    @hookimpl
    def middleware(self):
        return self

    async def __call__(self, call: ToolCall, call_next: Any) -> ToolResult:
        return await call_next(call)

    def stream(self, call: ToolCall) -> TextFilter:
        return Upper()


class Upper:
    def feed(self, text: str) -> str:
        return text.upper()

    def end(self) -> str:
        return "!"
