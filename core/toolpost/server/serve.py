"""`toolpost serve`: one client on stdin and stdout, from the first descriptor to the last exit."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import anyio

from toolpost.config.load import Config
from toolpost.descriptors import Wire
from toolpost.host import Host
from toolpost.server.mcp import mcp_server
from toolpost.stdio import Pipes

# A client that closed its end has gone, so what is under way gets less time than at SIGTERM.
GRACE_AT_END = 1.5
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve(host: Host, wire: Wire, config: Config, backend: str) -> NoReturn:
    """Serve until the client closes its end or a signal comes; then end the process with status 0."""
    # All that was made so far stays: the collector need not look at it again.
    gc.freeze()
    gc.enable()
    anyio.run(_run, host, wire, config, backend=backend)
    sys.stderr.flush()
    # Threads that a plugin keeps busy cannot be stopped, and must not keep the process.
    os._exit(0)


async def _run(host: Host, wire: Wire, config: Config) -> None:
    if sys.platform == "win32":
        await _run_sdk(host)
        return
    pipes = Pipes(wire, config.server.line_bytes, min(GRACE_AT_END, config.server.grace))
    with signals(config.server.grace + 1) as arrived:
        async with host, anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_at, arrived, pipes, config.server.grace)
            server = mcp_server(host)
            await server.run(pipes.reader, pipes.writer, server.create_initialization_options())
            arm(config.server.grace)
            tasks.cancel_scope.cancel()


async def _run_sdk(host: Host) -> None:
    from mcp.server.stdio import stdio_server

    server = mcp_server(host)
    async with host, stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


async def _stop_at(arrived: int, pipes: Pipes, grace: float) -> None:
    await anyio.wait_readable(arrived)
    pipes.stop(grace)


@contextmanager
def signals(at_most: float) -> Iterator[int]:
    """A descriptor that becomes readable at SIGTERM or SIGINT, after which the process has `at_most` seconds.

    The second signal ends it at once.
    Handlers of our own, not the event loop's: they run even while a plugin blocks the loop.
    """
    readable, writable = os.pipe()
    seen = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            os._exit(1)
        os.write(writable, b"!")
        arm(at_most)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield readable
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def arm(seconds: float) -> None:
    """End the process after so long, whatever still runs in it."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()
