"""What a process that SQLite works in may take, whatever SQLite is busy with."""

from __future__ import annotations

import signal
import sqlite3
import sys
from pathlib import Path

from toolpost_sqlite.bounds import Bounds

# Seconds beyond a statement's own time after which the kernel ends the process, should its host be gone.
LATE = 1.0
# Copies of a value or an answer that exist at once while it is made.
COPIES = 8


def bound_memory(bounds: Bounds) -> None:
    """Let SQLite have so much memory and no more, and this process what it needs besides."""
    db = sqlite3.connect(":memory:")
    # Of all connections in the process, also while a statement is compiled.
    db.execute(f"PRAGMA hard_heap_limit = {bounds.memory}")
    db.close()
    if sys.platform == "linux":
        import resource

        own = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        most = own + bounds.memory + COPIES * (min(bounds.value_bytes, bounds.memory) + bounds.bytes)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_after(seconds: float) -> None:
    """Have the kernel end this process then; 0 takes that back."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds + LATE if seconds else 0)
