"""What it costs to run a plugin apart: one call in the host's own loop, on a loop of its own, in a process of its own.

`python bench/isolation.py [asyncio|trio]`; no layers, 1 KB of arguments. Prints
microseconds at p50 and p99 for one call at a time, and by call for 16 at a time.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

import anyio

from toolpost import Host
from toolpost.config.load import load
from toolpost.plugins.assemble import assemble

HOSTILE = Path(__file__).parents[1] / "tests" / "surfaces" / "hostile"
CALLS, AT_ONCE = 3000, 16
ARGUMENTS = {"text": "x" * 1000}


async def measure(host: Host) -> tuple[float, float, float]:
    """Microseconds: p50, p99, and by call where several are under way."""
    async with host:
        for _ in range(200):
            await host.call("echo", ARGUMENTS)
        taken = []
        for _ in range(CALLS):
            began = perf_counter()
            await host.call("echo", ARGUMENTS)
            taken.append(perf_counter() - began)
        taken.sort()
        began = perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(several, host, CALLS // AT_ONCE)
        each = (perf_counter() - began) / CALLS
    return taken[CALLS // 2] * 1e6, taken[CALLS * 99 // 100] * 1e6, each * 1e6


async def several(host: Host, calls: int) -> None:
    for _ in range(calls):
        await host.call("echo", ARGUMENTS)


def main(backend: str) -> None:
    sys.path.append(str(HOSTILE))
    with tempfile.TemporaryDirectory() as folder:
        for isolation in ("", "thread", "process"):
            path = Path(folder) / "config.toml"
            path.write_text(f'[server]\nbackend = "{backend}"\n[plugins.hostile]\nisolation = "{isolation}"\n')
            p50, p99, each = anyio.run(measure, assemble(load(path)), backend=backend)
            print(f"{isolation or 'none':8} p50 {p50:6.0f}  p99 {p99:6.0f}  {AT_ONCE} at once {each:6.0f}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["asyncio"]))
