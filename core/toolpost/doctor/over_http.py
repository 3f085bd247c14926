"""`toolpost serve --http` as a child process, and the SDK's own client at its address."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from toolpost.doctor.client import seen_by
from toolpost.doctor.site import Site
from toolpost.doctor.steps import STEPS, Sightings

SAYS = "toolpost serves MCP at "


async def http(site: Site, era: str) -> Sightings:
    """MCP over HTTP, with a token; nothing where what serves it is not installed."""
    if any(find_spec(name) is None for name in ("fastapi", "httptools", "uvicorn")):
        return [None for _ in STEPS]
    async with _served(site) as url, _client(url, site.token, era) as client:
        return [await seen_by(client, step) for step in STEPS]


@asynccontextmanager
async def _client(url: str, token: str, era: str) -> AsyncIterator[Any]:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"authorization": f"Bearer {token}"}
    # Without the environment's proxies: the server is on this machine.
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as web,
        Client(streamable_http_client(url, http_client=web), mode=era) as client,
    ):
        yield client


@asynccontextmanager
async def _served(site: Site) -> AsyncIterator[str]:
    """The address of the server, for as long as it runs."""
    command = site.command("toolpost", "serve", "--http")
    env = dict(site.env)
    async with (
        await anyio.open_process(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env) as process,
        anyio.create_task_group() as tasks,
    ):
        address: str = await tasks.start(_listen, process, site.folder / "stderr")
        try:
            yield address
        finally:
            process.terminate()
            await process.wait()


async def _listen(process: Process, errors: Path, *, task_status: anyio.abc.TaskStatus[str]) -> None:
    """Keep what the server logs, and tell the address once it says it."""
    assert process.stderr is not None
    text, told = "", False
    async with await anyio.open_file(errors, "w", encoding="utf-8") as log:
        async for chunk in TextReceiveStream(process.stderr, errors="replace"):
            text += chunk
            await log.write(chunk)
            said = text.partition(SAYS)[2]
            if not told and "\n" in said:
                told = True
                task_status.started(said.partition("\n")[0].strip().replace("localhost", "127.0.0.1"))
    if not told:
        raise OSError((text.strip().splitlines() or ["it ended without a word"])[-1])
