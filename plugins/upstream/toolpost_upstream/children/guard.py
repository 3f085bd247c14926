"""Run by its path, between the host and one server: starts it, and ends all that it started, as soon as either ends.

Nothing but the standard library is imported, and the pipes of the server do
not pass through here, so this costs no call anything. The first argument is
the descriptor of a pipe that the host holds open as long as it lives.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
from typing import NoReturn

# Seconds between the end of the input, which a server should take for its own, and the end by force.
GRACE = 1.0
LOOK = 0.05
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NOT_FOUND, NOT_EXECUTABLE = 127, 126


def main() -> NoReturn:
    """Start the command that the arguments name, and see it end."""
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        _become(command, guard, lifeline)
    _own(child)
    signal.signal(signal.SIGTERM, lambda number, frame: _stop(child))
    # The server alone holds its pipes, so that each of their ends is seen.
    empty = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(empty, descriptor)
    status = _wait(child, lifeline)
    _end_all(child)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _become(command: list[str], guard: int, lifeline: int) -> NoReturn:
    os.close(lifeline)
    os.setpgid(0, 0)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:
        os._exit(1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the operator's own command, word by word
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE)


def _own(child: int) -> None:
    try:
        os.setpgid(child, child)
    except OSError:  # whichever of the two comes first
        pass


def _wait(child: int, lifeline: int) -> int:
    """The status of the server, which is killed when it outlives the host."""
    wait = select.poll()
    wait.register(lifeline, 0)
    ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else None
    if ended is not None:
        wait.register(ended, select.POLLIN)
    until = float("inf")
    while True:
        found, status = os.waitpid(-1, os.WNOHANG)
        if found == child:
            return status
        if found:
            continue
        left = until - time.monotonic()
        if left <= 0:
            _signal(child, signal.SIGKILL)
        for descriptor, _ in wait.poll(LOOK * 1000 if ended is None or left <= LOOK else min(left, 3600) * 1000):
            if descriptor == lifeline:
                wait.unregister(lifeline)
                until = time.monotonic() + GRACE


def _stop(child: int) -> None:
    """End the server, politely at first; a handler of signals is all that runs while the guard waits."""
    signal.signal(signal.SIGALRM, lambda number, frame: _signal(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, GRACE)
    _signal(child, signal.SIGTERM)


def _end_all(child: int) -> None:
    """Kill what the server left: its group, and on Linux also all that went its own way, however long it takes."""
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        pass
    pause = 0.001
    while True:
        left = _frozen()
        for process in left:
            _send(process, signal.SIGKILL)
        if not _reaped(left):
            return
        # Some cannot be killed, such as one that waits for a disk, or runs as another user.
        time.sleep(pause)
        pause = min(1.0, pause * 2) if left else 0.001


def _frozen() -> set[int]:
    """All that this process has below it, stopped: what still runs could fork faster than it is killed."""
    found: set[int] = set()
    # Those next to this process are found much faster, and what forks and ends all the while is always among them.
    while _reaped(found) and (fresh := (_children() - found) or (_below() - found)):
        for process in fresh:
            _send(process, signal.SIGSTOP)
        found |= fresh
    return found


def _reaped(found: set[int]) -> bool:
    """Take the status of each that has ended, and it out of those found; False when none is left."""
    try:
        while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            found.discard(ended)
    except ChildProcessError:
        return False
    return sys.platform == "linux"


def _children() -> set[int]:
    try:
        # Without pathlib, which would take a third of the time that this process needs to start.
        with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123
            return {int(word) for word in file.read().split()}
    except OSError:
        return set()


def _below() -> set[int]:
    """All that descends from this process, in whichever session."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if sys.platform == "linux" else ():  # noqa: PTH208 - pathlib takes long to import
        if name.isdigit() and (parent := _parent(name)):
            children.setdefault(parent, []).append(int(name))
    found: set[int] = set()
    to_do = [os.getpid()]
    while to_do:
        below = children.get(to_do.pop(), [])
        found.update(below)
        to_do += below
    return found


def _parent(process: str) -> int:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123
            # Also of one that seems to have ended: only its first thread may have.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _signal(child: int, number: int) -> None:
    """Send a signal to a server that was not waited for yet, and to its group, which it may have left."""
    for send in (os.killpg, os.kill):
        try:
            send(child, number)
        except OSError:
            pass


def _send(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except OSError:
        pass


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
