"""`toolpost serve`: one client on stdin and stdout, from the first descriptor to the last exit."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import NoReturn

import anyio

from toolpost.config.load import Config
from toolpost.crash import alone
from toolpost.deferred import watch
from toolpost.descriptors import Wire
from toolpost.host import Host
from toolpost.plugins.assemble import assemble
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


def serve(config: Config, wire: Wire, backend: str, gather: Callable[[Config], Host] = assemble) -> NoReturn:
    """Serve until the client closes its end or a signal comes; then end the process with status 0.

    `gather` makes the host of a configuration.
    """
    # From here on, so that a Ctrl-C while plugins are imported is none of their exceptions.
    with signals(config.server.grace + 1) as arrived:
        host = gather(config)
        # All that was made so far stays: the collector need not look at it again.
        gc.freeze()
        gc.enable()
        try:
            anyio.run(_run, host, wire, config, arrived, backend=backend, backend_options=options(backend))
        except BaseExceptionGroup as group:
            raise alone(group) from None
        flush()
        leave(0)


async def _run(host: Host, wire: Wire, config: Config, arrived: int) -> None:
    if sys.platform == "win32":
        await _run_sdk(host)
        return
    leave_after_hangup(wire.read, GRACE_AT_END + CLOSING + 1)
    pipes = Pipes(wire, config.server.line_bytes, min(GRACE_AT_END, config.server.grace))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_at, arrived, pipes, config.server.grace)
        tasks.start_soon(_leave_after, pipes)
        async with host:
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
