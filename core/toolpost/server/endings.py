"""How the process ends: in time, with status 0, and with everything that it started."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
            leave(1)
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
    timer = threading.Timer(seconds, leave, (0,))
    timer.daemon = True
    timer.start()


def leave(status: int) -> NoReturn:
    """End the process now: threads that a plugin keeps busy cannot be stopped, and must not keep it."""
    with suppress(OSError):
        for child in _descendants(os.getpid()):
            os.kill(child, signal.SIGKILL)
    os._exit(status)


def flush() -> None:
    """What plugins printed comes out, if there is anybody to read it."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()


def _descendants(pid: int) -> Iterator[int]:
    """The processes below one (Linux; elsewhere nothing tells, and children see their stdin close)."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield from _descendants(child)
            yield child
