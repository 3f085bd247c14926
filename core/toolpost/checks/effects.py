"""What code does besides what it was asked for: prints, connections, processes, threads."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

# Bytes of addresses that a plugin may take while it is checked.
MEMORY = 4 * 1024**3
# Audit events of Python (PEP 578) that no start should cause, in words.
EVENTS = {
    "socket.connect": "connects to a network",
    "socket.getaddrinfo": "looks up a host",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "forks",
}


@dataclass
class Effects:
    """What was seen: words by what was done, the text that was printed, seconds, and threads by name."""

    done: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    seconds: float = 0.0
    threads: list[str] = field(default_factory=list)


_watching: list[Effects] = []


def arm() -> None:
    """Listen to the process from now on; this cannot be undone, so it is for a child alone."""
    sys.addaudithook(_hear)


def bound_memory() -> None:
    """Let what takes too much memory fail, where the system knows how, before the machine does."""
    try:
        from resource import RLIMIT_AS, setrlimit
    except ImportError:
        return
    with suppress(OSError, ValueError):  # macOS has the limit, and does not take it
        setrlimit(RLIMIT_AS, (MEMORY, MEMORY))


@contextmanager
def watched() -> Iterator[Effects]:
    """Look at what the block does."""
    effects, before, out = Effects(), set(threading.enumerate()), io.StringIO()
    _watching.append(effects)
    began = perf_counter()
    try:
        with redirect_stdout(out):
            yield effects
    finally:
        effects.seconds = perf_counter() - began
        _watching.remove(effects)
        effects.printed = out.getvalue()
        # The event loop's own workers wait for more; they are nobody's leftovers.
        left = set(threading.enumerate()) - before
        effects.threads = sorted(thread.name for thread in left if not _is_worker(thread))


def _is_worker(thread: threading.Thread) -> bool:
    return type(thread).__module__.startswith(("anyio", "trio")) or thread.name.startswith(("Trio", "AnyIO"))


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in EVENTS:
        for effects in _watching:
            effects.done.setdefault(EVENTS[event], event)
