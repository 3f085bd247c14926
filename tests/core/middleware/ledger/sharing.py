"""A process that makes ten equal calls at once: `sharing.py FOLDER URL`."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import anyio
import anyio.to_thread

from toolpost import Artefacts, Host, Tool, hookimpl
from toolpost.middleware.ledger import Ledger
from toolpost.store.sqlite import SQLiteStore


class Provider:
    """Asks a server, for money."""

    def __init__(self, url: str) -> None:
        self.url = url

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.paint, billable=True)]

    async def paint(self) -> str:
        """Paint."""
        return await anyio.to_thread.run_sync(self._ask)

    def _ask(self) -> str:
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            return str(answer.read().decode())


def host(folder: Path, url: str) -> Host:
    return Host([Ledger(SQLiteStore(folder / "store"), Artefacts(folder / "artefacts"), lease=1.0), Provider(url)])


async def main() -> None:
    answers: list[str] = []

    async def call() -> None:
        answers.append((await standing.call("paint")).text)

    async with host(Path(sys.argv[1]), sys.argv[2]) as standing, anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(call)
        print("calling", flush=True)
    print("\n".join(answers))


if __name__ == "__main__":
    anyio.run(main)
