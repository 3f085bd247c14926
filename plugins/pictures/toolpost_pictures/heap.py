"""Memory that goes back to the system when a picture is done with."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Result = TypeVar("Result")


def swept(work: Callable[[], Result]) -> Result:
    """What a function of a thread returns, with nothing of its pictures kept.

    glibc keeps freed blocks of up to 32 MB in an arena for each thread, and
    pictures in several threads would add up to hundreds of megabytes.
    """
    try:
        return work()
    finally:
        _sweep()(0)


@cache
def _sweep() -> Callable[[int], int]:
    """glibc's `malloc_trim`; elsewhere nothing is done."""
    if sys.platform == "linux":
        try:
            found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
            return found
        except (OSError, AttributeError):  # another C library
            pass
    return lambda _: 0
