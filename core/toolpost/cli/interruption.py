"""Ctrl-C during a call: the call is cancelled, and what does not heed that is left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import anyio

from toolpost.cli import INTERRUPTED
from toolpost.server.endings import leave, signals

# Seconds that a cancelled call has to clean up.
PATIENCE = 2.0


@contextmanager
def interruptions() -> Iterator[int | None]:
    """A descriptor that becomes readable at the first Ctrl-C or SIGTERM; the second ends the process."""
    if sys.platform == "win32":  # where no event loop waits for a pipe, and Ctrl-C is an exception
        yield None
        return
    with signals(PATIENCE, late=_end, again=_end) as arrived:
        yield arrived


async def cancel_at(arrived: int | None, scope: anyio.CancelScope) -> None:
    """Cancel a scope at an interruption."""
    if arrived is not None:
        await anyio.wait_readable(arrived)
        scope.cancel()


def _end() -> NoReturn:
    os.write(2, b"toolpost: interrupted\n")
    leave(INTERRUPTED)
