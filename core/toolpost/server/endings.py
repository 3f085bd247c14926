"""How the process ends: in time, with status 0, and with everything that it started."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from toolpost.waking import waking

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_after_hangup(fd: int, seconds: float) -> None:
    """End the process so long after the other end of a pipe was closed, even if a plugin blocks the event loop."""
    if not hasattr(select, "poll"):
        return
    hangup = select.poll()
    hangup.register(fd, 0)

    def wait() -> None:
        hangup.poll()
        arm(seconds)

    threading.Thread(target=wait, name="toolpost hang-up", daemon=True).start()


def leave(status: int) -> NoReturn:
    """End the process now: threads that a plugin keeps busy cannot be stopped, and must not keep it."""
    for child in _descendants(os.getpid()):
        with suppress(OSError):  # it has ended meanwhile, and the others have not
            os.kill(child, signal.SIGKILL)
    os._exit(status)


IN_TIME, AT_ONCE = partial(leave, 0), partial(leave, 1)


@contextmanager
def signals(
    at_most: float, late: Callable[[], object] = IN_TIME, again: Callable[[], object] = AT_ONCE
) -> Iterator[int]:
    """A descriptor that becomes readable at SIGTERM or SIGINT.

    `at_most` seconds later `late` is called, and `again` at the second
    signal; by default they end the process. The handlers are our own, not the
    event loop's: they run even while a plugin blocks the loop.
    """
    seen = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            again()
            return
        wake()
        arm(at_most, late)

    with waking() as (readable, wake):
        before = {number: signal.signal(number, handle) for number in SIGNALS}
        try:
            yield readable
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def arm(seconds: float, late: Callable[[], object] = IN_TIME) -> None:
    """End the process after so long, whatever still runs in it."""
    timer = threading.Timer(seconds, late)
    timer.daemon = True
    timer.start()


def flush() -> None:
    """What plugins printed comes out, if there is anybody to read it."""
    for stream in (sys.stdout, sys.stderr):
        # A plugin may have closed them or put anything in their place.
        with suppress(Exception):
            stream.flush()


def _descendants(pid: int) -> Iterator[int]:
    """The processes below one (Linux; elsewhere nothing tells, and children see their stdin close)."""
    for child in _children(pid):
        yield from _descendants(child)
        yield child


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found
