"""What the policies of toolpost, FastMCP and ContextForge cost around the same echo, in process; prints Markdown.

./run python bench/frameworks.py                        toolpost alone
./run python bench/frameworks.py --fastmcp PYTHON       also FastMCP, from an environment that has it
./run python bench/frameworks.py --contextforge PYTHON  also ContextForge's plugin framework (cpex, cpex-pii-filter)

toolpost has all layers of the shipped configuration around the tool, FastMCP its caching, limiting, retry and timing,
ContextForge its PII filter before and after. No two calls are equal, so that nothing is answered from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import process_time
from typing import Any

WORDS = "The quick brown fox jumps over the lazy dog. "
TEXTS = {"1 KB": (WORDS * 25)[:1016], "100 KB": (WORDS * 2500)[:102_392]}
# Digits would have a filter look closer.
LETTERS = str.maketrans("0123456789", "abcdefghij")
ROUNDS, CALLS, TURNS = 12, 60, 3
CONTEXTFORGE = """
plugins:
  - {name: pii, kind: cpex_pii_filter.pii_filter.PIIFilterPlugin, mode: sequential, priority: 1, \
hooks: [tool_pre_invoke, tool_post_invoke]}
"""
Call = Callable[[str], Awaitable[object]]


async def echo(text: str) -> str:
    """Say it back."""
    return text


@asynccontextmanager
async def toolpost() -> AsyncIterator[tuple[Call, Call]]:
    """The host without any layer, and with those of the shipped configuration."""
    from toolpost import Folders, Host, Reader, Tool, hookimpl
    from toolpost.config.environment import Variables
    from toolpost.config.load import read
    from toolpost.config.locate import shipped_file
    from toolpost.plugins.assemble import services
    from toolpost.plugins.build import build

    class Echo:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(echo)]

    plugins = build(read(shipped_file(), Variables({})), services(Folders.of_user(), Reader())).plugins
    every = {name: plugin for name, plugin in plugins.items() if Host({name: plugin}).layers}
    async with Host({"echo": Echo()}) as bare, Host({**every, "echo": Echo()}) as full:
        yield lambda text: bare.call("echo", {"text": text}), lambda text: full.call("echo", {"text": text})


@asynccontextmanager
async def fastmcp() -> AsyncIterator[tuple[Call, Call]]:
    """The server without any middleware, and with four of its own."""
    from fastmcp import FastMCP
    from fastmcp.server.middleware import caching, error_handling, rate_limiting, timing

    # It writes a line for each call, which is slower than all that it does besides.
    logging.getLogger("fastmcp").setLevel(logging.WARNING)
    bare, full = FastMCP("bare"), FastMCP("full")
    bare.tool(echo)
    full.tool(echo)
    full.add_middleware(error_handling.RetryMiddleware())
    full.add_middleware(rate_limiting.RateLimitingMiddleware(max_requests_per_second=1e9, burst_capacity=10**9))
    full.add_middleware(timing.TimingMiddleware())
    full.add_middleware(caching.ResponseCachingMiddleware())
    yield lambda text: bare.call_tool("echo", {"text": text}), lambda text: full.call_tool("echo", {"text": text})


@asynccontextmanager
async def contextforge() -> AsyncIterator[tuple[Call, Call]]:
    """The bare function, and its hooks for tools around it; it has no way of calling a tool in process."""
    from cpex.framework import GlobalContext, PluginManager
    from cpex.framework.hooks.tools import ToolHookType, ToolPostInvokePayload, ToolPreInvokePayload

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(CONTEXTFORGE)
        file.flush()
        manager = PluginManager(file.name)
        await manager.initialize()

    async def call(text: str) -> object:
        context = GlobalContext(request_id="1")
        before = ToolPreInvokePayload(name="echo", args={"text": text})
        asked, local = await manager.invoke_hook(ToolHookType.TOOL_PRE_INVOKE, before, context)
        arguments = (asked.modified_payload or before).args
        after = ToolPostInvokePayload(name="echo", result=await echo(**arguments))
        answered, _ = await manager.invoke_hook(ToolHookType.TOOL_POST_INVOKE, after, context, local)
        return (answered.modified_payload or after).result

    # That the filter stands around the tool at all.
    if "ann@example.com" in str(await call("write to ann@example.com")):
        raise SystemExit("contextforge: its filter let an address through")
    yield echo, call


FRAMEWORKS = {"toolpost": toolpost, "fastmcp": fastmcp, "contextforge": contextforge}


async def measured(name: str) -> dict[str, list[float]]:
    """The least microseconds of a call without and with policies, by the size of its text."""
    found: dict[str, list[float]] = {}
    number = 0
    async with FRAMEWORKS[name]() as calls:
        for size, text in TEXTS.items():
            least = [math.inf] * len(calls)
            for _ in range(ROUNDS):
                for index, call in enumerate(calls):
                    began = process_time()
                    for _ in range(CALLS):
                        number += 1
                        await call(f"{number:07d} ".translate(LETTERS) + text)
                    least[index] = min(least[index], (process_time() - began) / CALLS * 1e6)
            found[size] = least
    return found


def child(python: str, name: str) -> dict[str, list[float]]:
    """The same, by another interpreter."""
    command = [python, __file__, "--child", name]
    found: dict[str, list[float]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fastmcp", metavar="PYTHON")
    parser.add_argument("--contextforge", metavar="PYTHON")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(asyncio.run(measured(options.child))))
        return
    pythons = {"toolpost": sys.executable, "fastmcp": options.fastmcp, "contextforge": options.contextforge}
    show({name: python for name, python in pythons.items() if python})


def show(pythons: dict[str, str]) -> None:
    """The table, of the least of some turns that all take."""
    found: dict[str, list[Any]] = {name: [] for name in pythons}
    for _ in range(TURNS):
        for name, python in pythons.items():
            found[name].append(child(python, name))
    heads = " | ".join(f"policies, {size} | without, {size}" for size in TEXTS)
    print(f"| µs a call | {heads} |\n|---|---|---|---|---|")
    for name, turns in found.items():
        least = [[min(turn[size][index] for turn in turns) for index in (0, 1)] for size in TEXTS]
        print(f"| {name} | {' | '.join(f'{policies - without:.0f} | {without:.0f}' for without, policies in least)} |")
    print(f"\n{os.getloadavg()[0]:.1f} processes ran or waited on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
