"""How much memory this process has, where the system tells."""

from __future__ import annotations

import os
import sys
from functools import cache

STATM = "/proc/self/statm"


def resident() -> int:
    """Bytes that lie in memory now; the most that ever lay there, where only that is known, or 0."""
    if sys.platform == "linux":
        return _pages()
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _pages() -> int:
    try:
        with open(STATM, "rb", buffering=0) as file:  # noqa: PTH123 - Path.open is slower than the read
            return int(file.read(100).split()[1]) * _page_size()
    except OSError:
        return 0


@cache
def _page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")
