"""The process of a plugin, as the host sees it: started, listened to, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic

import anyio

from toolpost.isolation.framing import Framing
from toolpost.isolation.limits import OUT_OF_MEMORY, environment
from toolpost.isolation.stderr import Listener

# Seconds within which a process ends that has let go of its pipe.
ENDING = 1.0
# Seconds between two looks at a process, where the kernel does not tell of its end.
LOOK = 0.1


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
        self._listener = Listener(name, heard)
        self._listener.start()

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

    async def heard_out(self) -> None:
        """Wait until what it said before its end is in the log, where its account of a crash is looked for."""
        if self._listener.is_alive():
            await anyio.to_thread.run_sync(self._listener.join, ENDING)

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
        self._listener.join(ENDING)
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
