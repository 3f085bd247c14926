"""Plain functions in threads of their own, so that they may block, and even hang."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

# Plain functions that run at once for each tool, in threads that the host's own work does not share.
THREADS = 40
_left: RunVar[set[_Work]] = RunVar("threads whose call is over")
_threads: RunVar[dict[object, anyio.CapacityLimiter]] = RunVar("threads of tools")


async def in_thread(owner: object, bound: Callable[[], Any]) -> Any:
    """What a function returns or raises that runs among the threads of its owner.

    The thread is left behind when this is cancelled: nothing can stop a thread.
    """
    work = _Work(bound)
    try:
        value, error = await anyio.to_thread.run_sync(work.outcome, abandon_on_cancel=True, limiter=_limiter(owner))
    except BaseException:
        _leave_behind(work)
        raise
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


def left_behind(seconds: float) -> int:
    """How many threads still run so long after whoever waited for them was cancelled."""
    return sum(time.monotonic() - work.left > seconds for work in _left.get(set()) if work.is_running)


def _leave_behind(work: _Work) -> None:
    left = {other for other in _left.get(set()) if other.is_running}
    if work.is_running:
        work.left = time.monotonic()
        left.add(work)
    _left.set(left)


class _Work:
    """A function on its way through a thread."""

    def __init__(self, bound: Callable[[], Any]) -> None:
        self._bound = bound
        self.is_running = False
        self.left = 0.0

    def outcome(self) -> tuple[Any, BaseException | None]:
        """What the function returned or raised.

        Raised here, a GeneratorExit or StopIteration would be thrown into the
        event loop's task and end it, past everything that contains exceptions.
        """
        self.is_running = True
        try:
            return self._bound(), None
        except BaseException as error:
            return None, error
        finally:
            self.is_running = False
