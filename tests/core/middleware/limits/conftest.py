"""A tool that can be held, and a clock that stands still until it is set."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from toolpost import Context, Host, Tool, ToolCall, Unavailable, hookimpl
from toolpost.middleware.limits import Limits, Rule


class Clock:
    """Time as the test wants it."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Desk:
    """Two tools; `gate`, if there is one, must open before an answer comes."""

    def __init__(self) -> None:
        self.gate: anyio.Event | None = None
        self.started: list[str] = []
        self.running = 0
        self.most = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work, provider="acme"), Tool(self.ask, provider="acme"), Tool(self.rest)]

    async def work(self, text: str = "", *, context: Context) -> str:
        """Work."""
        return await self._answer(text or context.principal)

    async def ask(self, model: str = "small") -> str:
        """Ask a model."""
        return await self._answer(model)

    async def rest(self) -> str:
        """Rest."""
        return await self._answer("rest")

    async def _answer(self, text: str) -> str:
        self.started.append(text)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.running -= 1
        return text


class Bench:
    """A host whose calls are limited by `rules`, and short words for using it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.clock = Clock()
        self.limits = Limits()

    def host(self, *rules: Rule, **settings: Any) -> Host:
        settings = {"clock": self.clock, "max_wait": 0.0, **settings}
        self.limits = Limits(rules=list(rules), **settings)
        return Host({"limits": self.limits, "desk": self.desk})

    @property
    def limit(self) -> Any:
        return self.limits._limits[0]

    def idle(self) -> bool:
        """Whether nobody waits and nothing counts as running."""
        return all(not limit.lines and not limit.buckets.running for limit in self.limits._limits)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def admitted(host: Host, principal: str = "ann", tool: str = "work", **arguments: Any) -> bool:
    """Whether a call was let in."""
    try:
        await host.call(tool, arguments, Context(principal=principal))
    except Unavailable:
        return False
    return True


async def admissions(host: Host, times: int, principal: str = "ann", tool: str = "work", **arguments: Any) -> int:
    """How many of so many calls were let in."""
    return sum([await admitted(host, principal, tool, **arguments) for _ in range(times)])


def call_of(host: Host, tool: str = "work", principal: str = "ann", **arguments: Any) -> ToolCall:
    return ToolCall(host.tools[tool], arguments, Context(principal=principal))
