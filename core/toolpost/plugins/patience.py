"""Plugins that would take for ever to start."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from toolpost.errors import PluginError

# Seconds for the import of a plugin, for building it, and for each of its hooks.
LONGEST = 10.0
# Seconds after which it is told once more: an `except` around an import may swallow the first time.
AGAIN = 1.0


@contextmanager
def bounded(what: str, seconds: float | None = None) -> Iterator[None]:
    """What runs inside ends after so long, even if it sleeps; where signals cannot do that, it runs on.

    Raises:
        PluginError: it took too long.
    """
    limit = LONGEST if seconds is None else seconds
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: object) -> None:
        raise PluginError(f"{what} took longer than {limit:g} s")

    before = signal.signal(signal.SIGALRM, late)
    timer = signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)
