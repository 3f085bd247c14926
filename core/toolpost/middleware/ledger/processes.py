"""What a process says of itself, so that others of the same machine can see whether it is still there."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def this_process() -> bytes:
    """The machine and the number of this process."""
    return f"{_here()}:{os.getpid()}".encode(errors="replace")


def has_died(said: bytes) -> bool:
    """Whether a process was of this machine and is gone, so that nobody waits for its lease."""
    where, _, number = said.decode(errors="replace").rpartition(":")
    # On Windows the question would end the process.
    if os.name != "posix" or where != _here() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _here() -> str:
    """This machine, and where Linux tells it the namespace in which its process numbers count."""
    try:
        return f"{platform.node()}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()
