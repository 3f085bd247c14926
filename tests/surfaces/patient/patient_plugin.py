"""Tools that wait until a test lets them go, for money and for nothing. The folder is a distribution as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import anyio

from toolpost import Context, Tool, hookimpl

LOOK = 0.01


@dataclass
class Name:
    name: str


class Patient:
    """`journal` tells what was begun and stopped, a file `go` lets all go; both are where the process stands."""

    def __init__(self) -> None:
        self.journal, self.go = Path("journal"), Path("go")
        self.here = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.paint, billable=True),
            Tool(self.work, task="allowed"),
            Tool(self.named, task="allowed"),
            Tool(self.waits),
            Tool(self.reports),
            Tool(self.inside, read_only=True),
        ]

    async def paint(self, prompt: str = "") -> str:
        """Paint for money."""
        return await self._wait("paint", f"painted {prompt}")

    async def work(self) -> str:
        """Work for nothing."""
        return await self._wait("work", "worked")

    async def named(self, context: Context) -> str:
        """Ask for a name."""
        return f"Hello, {(await context.ask('Who?', Name, key='name')).name}!"

    async def waits(self) -> str:
        """Wait in the request."""
        return await self._wait("waits", "waited")

    async def reports(self, context: Context) -> str:
        """Say that it has begun, and wait."""
        await context.progress(1, 2)
        return await self._wait("reports", "reported")

    async def inside(self) -> int:
        """How many are under way."""
        return self.here

    async def _wait(self, name: str, result: str) -> str:
        self.here += 1
        self._write(f"{name} begun")
        try:
            while not self.go.exists():  # noqa: ASYNC240 - a look at one file of the test's own
                await anyio.sleep(LOOK)
        except BaseException:
            self._write(f"{name} stopped")
            raise
        finally:
            self.here -= 1
        return result

    def _write(self, line: str) -> None:
        with self.journal.open("a") as journal:
            journal.write(f"{line}\n")
