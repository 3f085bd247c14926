"""What each layer costs in process, and what a plugin costs that is installed and not enabled; prints Markdown."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import anyio

from toolpost import CallNext, Folders, Host, Reader, Tool, ToolCall, ToolResult, hookimpl
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.config.locate import shipped_file
from toolpost.plugins.assemble import services
from toolpost.plugins.build import build

CALLS, ROUNDS = 2_000, 9


class Echo:
    """The tool that is called."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        """Say it back."""
        return text


class Idle:
    """A layer that does nothing."""

    @hookimpl
    def middleware(self) -> object:
        return self.idle

    async def idle(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        return await call_next(call)


async def microseconds(plugins: dict[str, object], text: str) -> float:
    """The median time of a call through these plugins."""
    async with Host({**plugins, "echo": Echo()}) as host:
        rounds = []
        for _ in range(ROUNDS):
            began = perf_counter()
            for _ in range(CALLS):
                await host.call("echo", {"text": text})
            rounds.append((perf_counter() - began) / CALLS * 1e6)
        return median(rounds[1:])


async def layers() -> None:
    """Each layer alone, and all of them, over the host without any."""
    config = read(shipped_file(), Variables({}))
    plugins = build(config, services(Folders.of_user(), Reader())).plugins
    every = {name: plugin for name, plugin in plugins.items() if Host({name: plugin}).layers}
    words = "The quick brown fox jumps over the lazy dog. "
    print("| µs a call | 12 characters | 1 KB | 100 KB |\n|---|---|---|---|")
    texts = ["hi there 12", (words * 25)[:1024], (words * 2500)[:102_400]]
    bare = [await microseconds({}, text) for text in texts]
    print(f"| the host, no layer | {' | '.join(f'{one:.1f}' for one in bare)} |")
    for name, chosen in [("an idle layer", {"idle": Idle()}), *((n, {n: p}) for n, p in every.items()), ("all", every)]:
        added = [await microseconds(dict(chosen), text) - base for text, base in zip(texts, bare, strict=True)]
        print(f"| + {name} | {' | '.join(f'{one:.1f}' for one in added)} |", flush=True)


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
    few, many = installed(0), installed(200)
    print(f"\nFinding plugins: {few:.1f} ms; with 200 more installed {many:.1f} ms: {(many - few) / 200:.3f} ms each.")


if __name__ == "__main__":
    main()
