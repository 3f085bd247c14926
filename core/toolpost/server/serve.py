"""`toolpost serve`: one client on stdin and stdout, from the first descriptor to the last exit."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import anyio

from toolpost.config.load import Config
from toolpost.crash import alone
from toolpost.deferred import watch
from toolpost.descriptors import Wire
from toolpost.host import Host
from toolpost.plugins.assemble import Workshop
from toolpost.reload import Reloading, hangups, heeding
from toolpost.server.endings import arm, flush, leave, leave_after_hangup, signals
from toolpost.server.eras import converse
from toolpost.server.loop import options
from toolpost.server.offer import Offer
from toolpost.stdio import Pipes

watch("mcp")

# A client that closed its end has gone, so what is under way gets less time than at SIGTERM.
GRACE_AT_END = 1.5
# Seconds after the grace period in which plugins may close what they hold open.
CLOSING = 2.0


def serve(config: Config, wire: Wire, backend: str, gather: Callable[[Config], Host] | None = None) -> NoReturn:
    """Serve until the client closes its end or a signal comes; then end the process with status 0.

    `gather` makes the host of a configuration that is never taken up anew.
    """
    workshop = Workshop()
    # From here on, so that a Ctrl-C while plugins are imported is none of their exceptions.
    with signals(config.server.grace + 1) as arrived, hangups() as changed:
        host = (gather or workshop.host)(config)
        reloading = Reloading(host, config, workshop) if gather is None else None
        # All that was made so far stays: the collector need not look at it again.
        gc.freeze()
        gc.enable()
        try:
            run = partial(_run, host, wire, config, arrived, reloading, changed)
            anyio.run(run, backend=backend, backend_options=options(backend))
        except BaseExceptionGroup as group:
            raise alone(group) from None
        flush()
        leave(0)


async def _run(
    host: Host, wire: Wire, config: Config, arrived: int, reloading: Reloading | None, changed: int | None
) -> None:
    if sys.platform == "win32":
        await _run_sdk(host)
        return
    leave_after_hangup(wire.read, GRACE_AT_END + CLOSING + 1)
    pipes = Pipes(wire, config.server.line_bytes, min(GRACE_AT_END, config.server.grace))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_at, arrived, pipes, config.server.grace)
        tasks.start_soon(_leave_after, pipes)
        async with host, heeding(reloading, changed, "mcp"):
            await converse(Offer(host), pipes)
        tasks.cancel_scope.cancel()


async def _run_sdk(host: Host) -> None:
    from mcp.server.stdio import stdio_server

    from toolpost.server.mcp import mcp_server

    server = mcp_server(host)
    async with host, stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


async def _stop_at(arrived: int, pipes: Pipes, grace: float) -> None:
    await anyio.wait_readable(arrived)
    pipes.stop(grace)


async def _leave_after(pipes: Pipes) -> None:
    await pipes.ended.wait()
    arm(pipes.grace + CLOSING)
