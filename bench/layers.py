"""What each layer costs in process, and what a plugin costs that is installed and not enabled; prints Markdown."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import process_time

import anyio

from toolpost import CallNext, Folders, Host, Reader, Tool, ToolCall, ToolResult, hookimpl
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.config.locate import shipped_file
from toolpost.plugins.assemble import services
from toolpost.plugins.build import build

ROUNDS, SLICE = 25, 0.02
WORDS = "The quick brown fox jumps over the lazy dog. "
TEXTS = {"12 characters": "hi there 12", "1 KB": (WORDS * 25)[:1024], "100 KB": (WORDS * 2500)[:102_400]}


class Echo:
    """The tool that is called."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        """Say it back."""
        return text


class Bounded:
    """A layer that does nothing, and is stopped when that takes too long."""

    @hookimpl
    def middleware(self) -> object:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        return await call_next(call)


class Idle(Bounded):
    """A layer that does nothing, and need not be watched."""

    patience = None


async def microseconds(hosts: Mapping[str, Host], text: str) -> dict[str, float]:
    """The least time of a call through each host, in microseconds of this process.

    They take turns in short rounds, and what else the machine does only adds:
    so the least of the rounds is what a call costs.
    """
    arguments = {"text": text}
    found = dict.fromkeys(hosts, math.inf)
    for host in hosts.values():
        for _ in range(50):
            await host.call("echo", arguments)
    for _ in range(ROUNDS):
        for name, host in hosts.items():
            calls, began = 0, process_time()
            while calls < 50 or process_time() - began < SLICE:
                for _ in range(50):
                    await host.call("echo", arguments)
                calls += 50
            found[name] = min(found[name], (process_time() - began) / calls * 1e6)
    return found


def shipped() -> dict[str, object]:
    """The plugins of the shipped configuration that stand around calls, newly made."""
    plugins = build(read(shipped_file(), Variables({})), services(Folders.of_user(), Reader())).plugins
    return {name: plugin for name, plugin in plugins.items() if Host({name: plugin}).layers}


async def layers() -> None:
    """Each layer alone, all of them, and all but one, over the host without any."""
    chosen: dict[str, dict[str, object]] = {"the host, no layer": {}, "+ an idle layer": {"idle": Idle()}}
    chosen["+ an idle layer, bounded"] = {"bounded": Bounded()}
    chosen |= {f"+ {name}": {name: plugin} for name, plugin in shipped().items()} | {"+ all": shipped()}
    for held in chosen.values():
        held["echo"] = Echo()
    async with AsyncExitStack() as stack:
        hosts = {name: await stack.enter_async_context(Host({**held, "echo": Echo()})) for name, held in chosen.items()}
        columns = [await microseconds(hosts, text) for text in TEXTS.values()]
    print(f"| µs a call | {' | '.join(TEXTS)} |\n|---|{'---|' * len(TEXTS)}")
    for name in chosen:
        cells = [column[name] - (column["the host, no layer"] if name[0] == "+" else 0) for column in columns]
        print(f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |", flush=True)


def installed(count: int) -> float:
    """Milliseconds to find the plugins, with so many more installed than are enabled."""
    code = (
        "import importlib_metadata; from time import perf_counter; from toolpost.plugins.find import installed;"
        "began = perf_counter(); installed(); print((perf_counter() - began) * 1000)"
    )
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            info = Path(folder) / f"extra_{number}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: extra-{number}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(f"[toolpost]\nextra_{number} = extra_{number}:Extra\n")
        command = [sys.executable, "-c", f"import sys; sys.path.append({folder!r}); {code}"]
        return median(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(7))


def main() -> None:
    gc.freeze()
    anyio.run(layers)
    print(f"\n{os.getloadavg()[0]:.1f} processes ran or waited on {os.cpu_count()} cores.")
    few, many = installed(0), installed(200)
    print(f"\nFinding plugins: {few:.1f} ms; with 200 more installed {many:.1f} ms: {(many - few) / 200:.3f} ms each.")


if __name__ == "__main__":
    main()
