"""Hosts with upstream servers that are scripts beside this file, or run already."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from toolpost.host import Host
from toolpost.testing import open_host
from toolpost_upstream import Upstream

HERE = Path(__file__).parent
FRIENDLY, HOSTILE = HERE / "friendly.py", HERE / "hostile.py"


def child(script: Path, *args: str, **more: Any) -> dict[str, Any]:
    """The settings of a server that is a script."""
    return {"command": sys.executable, "args": [str(script), *args], "start_timeout": 20, **more}


@asynccontextmanager
async def hosting(
    servers: dict[str, Any], *others: Any, layers: list[Any] | None = None, **settings: Any
) -> AsyncIterator[Host]:
    """A host with these upstream servers."""
    table = {"upstream": {"servers": servers, "retry": 0.05, "wait": 8, **settings}}
    async with open_host(Upstream, *others, settings=table, layers=layers or []) as host:
        yield host


def plugin_of(host: Host) -> Upstream:
    """The plugin of a host."""
    return next(one for one in host.registry.plugins.values() if isinstance(one, Upstream))


async def until(found: Callable[[], Any], seconds: float = 15) -> Any:
    """Wait until there is something."""
    with anyio.fail_after(seconds):
        while not (value := found()):
            await anyio.sleep(0.01)
    return value
