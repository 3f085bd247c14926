"""Work on texts: short work in place, long work in a thread, so that no other call waits for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

Value = TypeVar("Value")
# A rewriting of longer texts goes to a thread: it would hold up the other calls for some milliseconds.
LONG = 32 * 1024
# Seconds that work in a thread may take; it is linear, but a recogniser is not ours.
PATIENCE = 30.0
# Rewritings at once: they take turns anyway.
THREADS = 4
_limiters: RunVar[dict[bool, anyio.CapacityLimiter]] = RunVar("threads that look for personal data")


async def run(size: float, function: Callable[[Any], Value], argument: Any) -> Value:
    """Short work here, long work in a thread; what is infinite is a recogniser's."""
    if size <= LONG:
        return function(argument)
    return await in_thread(function, argument, recognises=math.isinf(size))


async def in_thread(function: Callable[[Any], Value], argument: Any, *, recognises: bool = False) -> Value:
    """Work in a thread, which is left behind if it does not end; a recogniser does one thing at a time."""
    with anyio.fail_after(PATIENCE):
        limiter = _limiter(recognises)
        return await anyio.to_thread.run_sync(function, argument, abandon_on_cancel=True, limiter=limiter)


def _limiter(recognises: bool) -> anyio.CapacityLimiter:
    """Its own: those who wait for a recogniser that hangs must not hold the threads of all others."""
    limiters = _limiters.get(None)
    if limiters is None:
        limiters = {True: anyio.CapacityLimiter(1), False: anyio.CapacityLimiter(THREADS)}
        _limiters.set(limiters)
    return limiters[recognises]
