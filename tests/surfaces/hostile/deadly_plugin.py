"""A plugin whose tools end, fill or block the process that they run in."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from toolpost import Context, Store, Tool, hookimpl


@dataclass
class Deadly:
    """Every tool but the first few is somebody's worst day."""

    password: str = ""
    at_start: str = ""
    store: Store | None = None

    def __post_init__(self) -> None:
        self.kept: list[Any] = []
        match self.at_start:
            case "segfault":
                ctypes.string_at(0)
            case "exit":
                os._exit(7)
            case "print":
                print("printed while it is built")
            case "slow":
                time.sleep(1)
            case "raise":
                raise RuntimeError("will not")

    @hookimpl
    def tools(self) -> list[Tool]:
        deadly = [
            self.exits, self.segfaults, self.aborts, self.allocates, self.spins, self.spins_plainly, self.sleeps,
            self.raises, self.shields, self.babbles, self.lies,
        ]  # fmt: skip
        reads = [self.steady, self.sees, self.pids, self.arguments, self.setting, self.notes, self.remembers]
        return [*map(Tool, deadly), *(Tool(one, read_only=True) for one in reads), Tool(self.peeks, read_only=True)]

    async def steady(self, text: str = "") -> str:
        """Say it back."""
        return text

    async def exits(self) -> str:
        os._exit(3)

    async def peeks(self) -> str:
        """Change nothing, and die of it."""
        os._exit(4)

    async def segfaults(self) -> str:
        ctypes.string_at(0)
        return ""

    async def aborts(self) -> str:
        os.abort()

    async def allocates(self) -> str:
        self.kept.append(b"x" * (8 << 30))
        return "took it"

    async def spins(self) -> str:
        while True:
            pass

    def spins_plainly(self) -> str:
        while True:
            pass

    async def sleeps(self, seconds: float = 60.0) -> str:
        time.sleep(seconds)
        return "slept"

    async def shields(self) -> str:
        import anyio

        with anyio.CancelScope(shield=True):
            await anyio.sleep(3600)
        return ""

    async def raises(self) -> str:
        raise RuntimeError("as ever")

    async def babbles(self) -> str:
        """Write to every descriptor there is."""
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x00 this is no message\n")
            except OSError:
                continue
        return "said"

    async def lies(self) -> str:
        """Write messages that are none to every descriptor there is."""
        for line in (b'{"method": 5}', b'{"id": [], "result": {}}', b'{"id": 1, "method": "x", "params": 7}', b"[]"):
            for descriptor in range(3, 64):
                try:
                    os.write(descriptor, line + b"\n")
                except OSError:
                    continue
        return "lied"

    async def sees(self) -> dict[str, str]:
        return dict(os.environ)

    async def arguments(self) -> list[str]:
        from pathlib import Path

        return Path("/proc/self/cmdline").read_text().split("\0")

    async def setting(self) -> str:
        return self.password

    async def pids(self) -> list[int]:
        """This process, and one that it starts and leaves, in a session of its own."""
        command = [sys.executable, "-c", "import time; time.sleep(1000)"]
        self.kept.append(subprocess.Popen(command, start_new_session=True))
        return [os.getpid(), os.getppid(), self.kept[-1].pid]

    async def notes(self, context: Context) -> str:
        context.note("deadly", "a line", decision="hit", counts={"n": 1})
        return context.call_id

    async def remembers(self) -> int:
        assert self.store is not None
        return await self.store.space("deadly").count("calls")
