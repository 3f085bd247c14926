"""Every way in: each sends the canaries through a real child process, and says what its client saw."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from toolpost.doctor.canaries import strings
from toolpost.doctor.client import seen_by
from toolpost.doctor.over_http import http
from toolpost.doctor.site import Site
from toolpost.doctor.steps import STEPS, Seen, Sightings, Step

Surface = Callable[[Site], Awaitable[Sightings]]
HANDSHAKE, STATELESS = "legacy", "2026-07-28"
# Seconds for a surface to start and answer all canaries.
PATIENCE = 120.0


async def python(site: Site) -> Sightings:
    """A program that imports toolpost."""
    done = await _run(site, Site.command("toolpost.doctor.inside"))
    return [Seen(**seen) for seen in json.loads(done.stdout)]


async def cli(site: Site) -> Sightings:
    """`toolpost call`, a process for each; it neither reads resources nor fills prompts."""
    return [await _call(site, step) if step.kind == "tool" else None for step in STEPS]


async def mcp(site: Site, era: str) -> Sightings:
    """`toolpost serve`, spoken to by the SDK's own client over pipes."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    python, *words = Site.command("toolpost", "serve")
    server = StdioServerParameters(command=python, args=words, env=dict(site.env), cwd=str(Path.cwd()))
    async with AsyncExitStack() as stack:
        errors = stack.enter_context((site.folder / "stderr").open("w", encoding="utf-8"))
        client = await stack.enter_async_context(Client(stdio_client(server, errlog=errors), mode=era))
        return [await seen_by(client, step) for step in STEPS]


async def _call(site: Site, step: Step) -> Seen:
    words = [f"{key}={value}" for key, value in step.arguments.items()]
    done = await _run(site, Site.command("toolpost", "call", step.name, "--json", *words), check=False)
    try:
        texts = strings(json.loads(done.stdout))
    except ValueError:
        texts = [done.stdout]
    return Seen([*texts, done.stderr], failed=done.returncode != 0)


async def _run(site: Site, command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    run = partial(
        subprocess.run,
        command,
        env=dict(site.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
    )
    done: subprocess.CompletedProcess[str] = await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
    with (site.folder / "stderr").open("a", encoding="utf-8") as errors:
        errors.write(done.stderr)
    if check and done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    return done


SURFACES: Mapping[str, Surface] = {
    "python": python,
    "cli": cli,
    "mcp (handshake)": partial(mcp, era=HANDSHAKE),
    "mcp (stateless)": partial(mcp, era=STATELESS),
    "http (handshake)": partial(http, era=HANDSHAKE),
    "http (stateless)": partial(http, era=STATELESS),
}
