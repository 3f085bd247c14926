"""Telling a real cancellation from an exception that a plugin raised in its likeness."""

from __future__ import annotations

import sys

import anyio


def is_real(error: BaseException) -> bool:
    """Whether an exception is the event loop ending this task, which must pass through untouched."""
    if not isinstance(error, anyio.get_cancelled_exc_class()):
        return False
    if anyio.current_effective_deadline() <= anyio.current_time():
        return True
    # A task can also be cancelled past anyio, by asyncio.timeout or by
    # asyncio.run on Ctrl-C; only asyncio itself knows of that.
    asyncio = sys.modules.get("asyncio")
    task = asyncio.current_task() if asyncio and isinstance(error, asyncio.CancelledError) else None
    return task is not None and task.cancelling() > 0
