"""Plain functions in threads of their own, so that they may block, and even hang."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

# Plain functions that run at once for each tool, in threads that the host's own work does not share.
THREADS = 40
_threads: RunVar[dict[object, anyio.CapacityLimiter]] = RunVar("threads of tools")


async def in_thread(owner: object, bound: Callable[[], Any]) -> Any:
    """What a function returns or raises that runs among the threads of its owner.

    The thread is left behind when this is cancelled: nothing can stop a thread.
    """
    value, error = await anyio.to_thread.run_sync(_outcome, bound, abandon_on_cancel=True, limiter=_limiter(owner))
    if error is not None:
        raise error
    return value


def _limiter(owner: object) -> anyio.CapacityLimiter:
    """Each owner's own: on trio a thread that hangs keeps its place, which must not be another's."""
    limiters = _threads.get(None)
    if limiters is None:
        limiters = {}
        _threads.set(limiters)
    if owner not in limiters:
        limiters[owner] = anyio.CapacityLimiter(THREADS)
    return limiters[owner]


def _outcome(bound: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """What a function in a thread returned or raised.

    Raised here, a GeneratorExit or StopIteration would be thrown into the
    event loop's task and end it, past everything that contains exceptions.
    """
    try:
        return bound(), None
    except BaseException as error:
        return None, error
