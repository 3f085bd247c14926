"""A small process between the host and a plugin's: what the plugin leaves behind ends with it, and all with the host.

It imports nothing and runs nothing of the plugin, so nothing that a plugin
does keeps it from this; a thread in the plugin's own process may never be
given the interpreter again.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from toolpost.descriptors import Wire
from toolpost.isolation.limits import leave_no_core

# Seconds that a plugin has to close what it holds open, once the host has closed the pipe or has gone.
CLOSING = 2.0
# Between two looks, in seconds, where the kernel does not tell.
LOOK = 0.1
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# How deep processes below a plugin's may stand; what forks faster than it is ended has no end.
ROUNDS = 100


def guarded(wire: Wire) -> None:
    """Fork; only the process that the plugin is to run in returns."""
    leave_no_core()
    _adopt()
    guard = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.setpgid(0, 0)
        _die_with(guard)
        return
    os.close(wire.write)
    with suppress(OSError):  # whichever of the two comes first
        os.setpgid(worker, worker)
    _guard(worker, wire.read)


def _guard(worker: int, pipe: int) -> NoReturn:
    signal.signal(signal.SIGTERM, lambda number, frame: _kill(worker))
    status = _ended(worker, pipe)
    # Whatever it started and left, in whichever session that is.
    _kill(worker)
    _kill_adopted()
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _ended(worker: int, pipe: int) -> int:
    """The status of the worker, which is killed if it outlives the other end of the pipe."""
    wait = select.poll()
    wait.register(pipe, 0)
    ended = os.pidfd_open(worker) if hasattr(os, "pidfd_open") else None
    if ended is not None:
        wait.register(ended, select.POLLIN)
    until = float("inf")
    while True:
        found, status = os.waitpid(worker, os.WNOHANG)
        if found:
            return status
        left = until - time.monotonic()
        if left <= 0:
            _kill(worker)
        patience = LOOK if ended is None or left <= LOOK else min(left, 3600)
        for descriptor, _ in wait.poll(patience * 1000):
            if descriptor == pipe:
                wait.unregister(pipe)
                until = time.monotonic() + CLOSING


def _kill(worker: int) -> None:
    with suppress(OSError):
        os.killpg(worker, signal.SIGKILL)


def _adopt() -> None:
    """On Linux, whoever loses its parent below this process becomes its child, and can be found."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _kill_adopted() -> None:
    """End the children of this process, whose own children then are its own, until there are none."""
    for _ in range(ROUNDS):
        try:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        except OSError:  # elsewhere nothing tells
            return
        if not children:
            return
        for child in map(int, children):
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _die_with(guard: int) -> None:
    """On Linux, end when the guard ends, as when the kernel kills it for want of memory."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
