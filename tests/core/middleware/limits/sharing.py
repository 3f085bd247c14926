"""A process that calls until it is told to stop, and says how often it was let in: `sharing.py STORE CALLS`."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from toolpost import Host, Tool, Unavailable, hookimpl
from toolpost.middleware.limits import Limits, Rule
from toolpost.store.sqlite import SQLiteStore


class Works:
    """A tool that does nothing."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work)]

    async def work(self) -> None:
        """Work."""


def host(path: Path, **settings: object) -> Host:
    rules = [Rule(name="all", rate="50/day")]
    return Host([Limits(SQLiteStore(path), rules=rules, shared=True, max_wait=0.0), Works()])


async def main() -> None:
    passed = 0
    async with host(Path(sys.argv[1])) as standing:
        for _ in range(int(sys.argv[2])):
            try:
                await standing.call("work")
                passed += 1
            except Unavailable:
                pass
    print(passed)


if __name__ == "__main__":
    anyio.run(main)
