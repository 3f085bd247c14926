"""A process that makes one billable call and is killed at a write of its choice: `killed.py FOLDER WRITE before|after`.

It answers `answered` on stdout when it has the answer, `whole` when it came to its end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio

from toolpost import Artefacts, Host, Image, Tool, ToolResult, hookimpl
from toolpost.middleware.ledger import Ledger
from toolpost.store.sqlite import SQLiteStore

WRITES = 0


def mortal(owner: Any, method: str) -> None:
    """Have a method count as a write, and the process die at the one that was asked for."""
    original = getattr(owner, method)

    async def call(*given: Any, **named: Any) -> Any:
        global WRITES
        WRITES += 1
        if int(sys.argv[2]) == WRITES and sys.argv[3] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await original(*given, **named)
        if int(sys.argv[2]) == WRITES:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, method, call)


class Provider:
    """Takes money: a line in a file for each call."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal"

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.paint, billable=True)]

    async def paint(self) -> ToolResult:
        """Paint."""
        with self.journal.open("a") as journal:
            journal.write("paid\n")
        return ToolResult.of("painted", Image(b"x" * 50_000), meta={"toolpost/usage": {"images": 1}})


class Prices:
    def cost(self, usage: Any, /) -> Decimal | None:
        return Decimal("0.04")

    def estimate(self, tool: str, arguments: Any, /) -> Decimal | None:
        return Decimal("0.05")


def host(folder: Path, wrap: Callable[[Any, str], None] | None = None) -> Host:
    """A host on a folder; `wrap` is told of every method that writes."""
    store, artefacts = SQLiteStore(folder / "store"), Artefacts(folder / "artefacts")
    if wrap is not None:
        for method in ("set", "swap", "count", "delete"):
            wrap(store, method)
        wrap(Artefacts, "put")
    return Host([Ledger(store, artefacts, Prices(), lease=1.0, daily=1.0), Provider(folder)])


async def main() -> None:
    folder = Path(sys.argv[1])
    async with host(folder, mortal) as standing:
        await standing.call("paint")
        print("answered", flush=True)
    print("whole", flush=True)


Main = Callable[[], Awaitable[None]]

if __name__ == "__main__":
    anyio.run(main)
