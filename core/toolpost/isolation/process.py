"""The process of a plugin, as the host sees it: started, listened to, ended."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from time import monotonic

import anyio

from toolpost.isolation.framing import Framing
from toolpost.isolation.limits import OUT_OF_MEMORY, environment

log = logging.getLogger("toolpost.isolation")

# Characters of a line of stderr that are logged, and lines a second.
LINE, LINES = 2000, 100
# Seconds within which a process ends that has let go of its pipe.
ENDING = 1.0
# Seconds between two looks at a process, where the kernel does not tell of its end.
LOOK = 0.1
# As systemd reads severities (sd-daemon(3)), and as our own side writes them.
SEVERITY = re.compile(r"<([3467])>(.*)", re.DOTALL)
LEVELS = {"3": logging.ERROR, "4": logging.WARNING, "6": logging.INFO, "7": logging.DEBUG}


class Process:
    """One process of the plugin `name`; it and all below it end when this one does."""

    def __init__(self, name: str, variables: tuple[str, ...]) -> None:
        self.name = name
        self.began = monotonic()
        (from_host, to_child), (from_child, to_host), (heard, stderr) = os.pipe(), os.pipe(), os.pipe()
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "toolpost.isolation"],
                stdin=from_host,
                stdout=to_host,
                stderr=stderr,
                # Where the plugin is found is no secret, and the process forgets it at once.
                env=environment(variables) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                # A Ctrl-C is for the host, which ends its children in order.
                start_new_session=True,
            )
        finally:
            for descriptor in (from_host, to_host, stderr):
                os.close(descriptor)
        self.framing = Framing(from_child, to_child)
        self._pipes = [from_child, to_child]
        self._stop = ""
        threading.Thread(target=partial(_listen, name, heard), name=f"stderr of {name}", daemon=True).start()

    def __del__(self) -> None:
        # Started for a host that never was; the guard does the rest.
        if hasattr(self, "_pipes"):
            self.hang_up()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._popen.poll() is not None

    async def ended(self) -> None:
        """Wait until it has ended."""
        if not hasattr(os, "pidfd_open"):
            while not self.is_over:  # noqa: ASYNC110 - there is nothing else to wait for
                await anyio.sleep(LOOK)
            return
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self._popen.pid)
            try:
                await anyio.wait_readable(descriptor)
            finally:
                os.close(descriptor)
        self._popen.wait()

    def stop(self, why: str) -> None:
        """End it at once, with everything that it started; `why` is what is said of it."""
        self._stop = self._stop or why
        if not self.is_over:
            # The guard, which ends the other one.
            self._popen.terminate()

    def last_words(self) -> str:
        """As `reason`, of one that has closed its end of the pipe and so must be ending."""
        try:
            self._popen.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.stop("it has closed its pipe")
        return self.reason

    def hang_up(self) -> None:
        """Let it know that nothing more will come; it closes what it holds, and ends."""
        for descriptor in self._pipes:
            with suppress(OSError):
                os.close(descriptor)
        self._pipes.clear()

    @property
    def reason(self) -> str:
        """Why it has ended, after `its process`."""
        status = self._popen.poll()
        if self._stop:
            return f"was stopped, since {self._stop}"
        if status is None:
            return "is ending"
        if status == OUT_OF_MEMORY:
            return "has used up its memory"
        if status < 0:
            with suppress(ValueError):
                return f"was ended by {signal.Signals(-status).name}"
        return f"has ended with status {status}"


def _listen(name: str, descriptor: int) -> None:
    """Write what a process says on stderr to the log, until it and its children have closed it."""
    told, second, dropped = 0, 0, 0
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        for line in _lines(stream.fileno()):
            if int(monotonic()) != second:
                if dropped:
                    log.warning("plugin %r: %d lines were dropped", name, dropped)
                told, second, dropped = 0, int(monotonic()), 0
            told += 1
            if told > LINES:
                dropped += 1
                continue
            found = SEVERITY.fullmatch(line)
            level, text = (LEVELS[found[1]], found[2]) if found else (logging.WARNING, line)
            log.log(level, "plugin %r: %s", name, text)


def _lines(descriptor: int) -> Iterator[str]:
    """Lines, each without what goes beyond `LINE`."""
    rest = b""
    while chunk := os.read(descriptor, 65_536):
        *whole, rest = (rest + chunk).split(b"\n")
        # What is too long and has not ended is cut now, so that it takes no room.
        rest = rest[: LINE + 1]
        for line in whole:
            if text := line[:LINE].decode("utf-8", "replace").rstrip():
                yield text
    if rest:
        yield rest[:LINE].decode("utf-8", "replace")
