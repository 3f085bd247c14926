"""A tool that costs money, a ledger on a store of its own, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from toolpost import Artefacts, Context, Host, Image, Tool, ToolResult, hookimpl
from toolpost.middleware.ledger import Ledger
from toolpost.store.sqlite import SQLiteStore

PICTURE = bytes(range(256)) * 40


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Painter:
    """Paints for money: counts its calls, and does what `plan` says; a gate, if there is one, must open first."""

    def __init__(self) -> None:
        self.calls = 0
        self.plan: Callable[[Context], Awaitable[ToolResult]] | None = None
        self.gate: anyio.Event | None = None
        self.begun = anyio.Event()
        self.cancelled = 0
        self.contexts: list[Context] = []

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.paint, billable=True), Tool(self.look)]

    async def look(self) -> str:
        """Free of charge."""
        return "looked"

    async def paint(self, prompt: str = "", context: Context = None) -> ToolResult:  # type: ignore[assignment]  # the host fills it
        """Paint."""
        self.calls += 1
        number = self.calls
        self.contexts.append(context)
        self.begun.set()
        if self.gate is not None:
            await self._wait(context)
        if self.plan is not None:
            return await self.plan(context)
        meta = {"toolpost/usage": {"model": "brush", "images": 1}, "toolpost/pictures": [{"prompt": prompt}]}
        return ToolResult.of(f"painting {number}", Image(PICTURE), structured={"number": number}, meta=meta)

    async def _wait(self, context: Context) -> None:
        assert self.gate is not None
        try:
            await context.progress(1, 2, "half of it")
            await self.gate.wait()
        except BaseException:
            self.cancelled += 1
            raise


class Prices:
    """Everything costs the same, and is estimated a little higher."""

    def __init__(self, cost: str = "0.04", estimate: str | None = "0.05") -> None:
        self._cost, self._estimate = Decimal(cost), None if estimate is None else Decimal(estimate)

    def cost(self, usage: Any, /) -> Decimal | None:
        return self._cost * usage["images"]

    def estimate(self, tool: str, arguments: Any, /) -> Decimal | None:
        return self._estimate


@dataclass
class House:
    """What a test needs: `ledger` makes a new one on the same store, as a new process would."""

    store: SQLiteStore
    artefacts: Artefacts
    clock: Clock = field(default_factory=Clock)
    painter: Painter = field(default_factory=Painter)
    prices: Prices | None = None

    def ledger(self, **settings: Any) -> Ledger:
        return Ledger(self.store, self.artefacts, self.prices, clock=self.clock, **settings)

    def host(self, ledger: Ledger | None = None, **settings: Any) -> Host:
        return Host([ledger or self.ledger(**settings), self.painter])

    async def records(self) -> list[Any]:
        return [entry.record for entry in await self.ledger().book.entries()]


@pytest.fixture
def home(tmp_path: Path) -> House:
    return House(SQLiteStore(tmp_path / "store.sqlite3"), Artefacts(tmp_path / "artefacts"))


@pytest.fixture
def dear(home: House) -> House:
    """The same where prices are known."""
    home.prices = Prices()
    return home


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait for something to come true."""

    async def wait(condition: Callable[[], object]) -> None:
        with anyio.fail_after(10):
            while not condition():
                await anyio.lowlevel.checkpoint()

    return wait
