"""What a person typed before they were asked."""

from __future__ import annotations

import sys
from contextlib import suppress


def forget() -> None:
    """Drop what was typed ahead: a `y` that was meant for something else is no answer to what is asked now."""
    try:
        import termios
    except ImportError:
        return
    with suppress(termios.error, OSError, ValueError):  # no terminal, or none any more
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
