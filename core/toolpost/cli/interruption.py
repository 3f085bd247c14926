"""Ctrl-C during a call: the call is cancelled, and what does not heed that is left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import anyio

# Seconds that a cancelled call has to clean up.
PATIENCE = 2.0


@contextmanager
def interruptions() -> Iterator[int | None]:
    """A descriptor that becomes readable at the first Ctrl-C or SIGTERM; the second ends the process.

    The handler is not the event loop's: it runs even while a plugin blocks the loop.
    """
    if sys.platform == "win32":  # where no event loop waits for a pipe, and Ctrl-C is an exception
        yield None
        return
    readable, writable = os.pipe()
    seen = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            _end()
        os.write(writable, b"!")
        timer = threading.Timer(PATIENCE, _end)
        timer.daemon = True
        timer.start()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield readable
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def cancel_at(arrived: int | None, scope: anyio.CancelScope) -> None:
    """Cancel a scope at an interruption."""
    if arrived is not None:
        await anyio.wait_readable(arrived)
        scope.cancel()


def _end() -> None:
    from toolpost.cli import INTERRUPTED
    from toolpost.server.endings import leave

    os.write(2, b"toolpost: interrupted\n")
    leave(INTERRUPTED)
