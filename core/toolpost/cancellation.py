"""Telling a real cancellation from an exception that a plugin raised in its likeness."""

from __future__ import annotations

import sys
from typing import Any

import anyio


def is_real(error: BaseException) -> bool:
    """Whether an exception is the event loop ending this task, which must pass through untouched."""
    if not isinstance(error, anyio.get_cancelled_exc_class()):
        return False
    if is_scoped():
        return True
    # A task can also be cancelled past anyio, by asyncio.timeout or by
    # asyncio.run on Ctrl-C; only asyncio itself knows of that.
    task = _asyncio_task()
    return task is not None and isinstance(error, _asyncio_error()) and task.cancelling() > 0


def is_scoped() -> bool:
    """Whether a cancel scope around this place has been cancelled, or its time is up."""
    return anyio.current_effective_deadline() <= anyio.current_time()


def forgive() -> None:
    """Take back that this task was cancelled past anyio: nobody does that to a task of ours but the task itself."""
    task = _asyncio_task()
    while task is not None and task.cancelling():
        task.uncancel()


def _asyncio_task() -> Any:
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio.current_task() if asyncio else None
    except RuntimeError:  # another event loop runs here
        return None


def _asyncio_error() -> type[BaseException]:
    return sys.modules["asyncio"].CancelledError  # type: ignore[no-any-return]  # a module by name has no types
