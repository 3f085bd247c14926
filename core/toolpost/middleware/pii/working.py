"""Work on texts: short work in place, long work in a thread, so that no other call waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread

Value = TypeVar("Value")
# A rewriting of longer texts goes to a thread: it would hold up the other calls for some milliseconds.
LONG = 32 * 1024
# Seconds that work in a thread may take; it is linear, but a recogniser is not ours.
PATIENCE = 30.0


async def run(size: float, function: Callable[[Any], Value], argument: Any) -> Value:
    """Short work here, long work in a thread."""
    if size <= LONG:
        return function(argument)
    return await in_thread(function, argument)


async def in_thread(function: Callable[[Any], Value], argument: Any) -> Value:
    """Work in a thread, which is left behind if it does not end."""
    with anyio.fail_after(PATIENCE):
        return await anyio.to_thread.run_sync(function, argument, abandon_on_cancel=True)
