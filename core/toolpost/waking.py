"""How a signal handler wakes an event loop: by a descriptor that becomes readable."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def waking() -> Iterator[tuple[int, Callable[[], None]]]:
    """A descriptor to wait at, and what makes it readable, from a signal handler too."""
    # Windows waits on sockets alone.
    readable, writable = socket.socketpair()
    writable.setblocking(False)

    def wake() -> None:
        with suppress(BlockingIOError):  # so much is there to be read already that one more is the same
            writable.send(b"!")

    with readable, writable:
        yield readable.fileno(), wake
