"""What the process of a plugin may take."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

# Of all processes the kernel ends this one first, when there is no memory left (proc(5); the host has 0).
FIRST = "500"


# The status with which a process ends that has used up its memory.
OUT_OF_MEMORY = 86


def leave_no_core() -> None:
    """Let the kernel write no core of this process and its children: it would hold secrets."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit(memory: int) -> None:
    """Bound this process to so many bytes of memory, if it is not 0."""
    import resource

    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST)
    if memory:
        # The address space also counts what is only reserved, 64 MB for each thread; what can be written to is real.
        kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        resource.setrlimit(kind, (memory, memory))


def environment(names: tuple[str, ...]) -> dict[str, str]:
    """The variables that a plugin's process sees: those that it was given by name, and what any program needs."""
    wanted = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", *names)
    return {name: value for name in wanted if (value := os.environ.get(name)) is not None}
