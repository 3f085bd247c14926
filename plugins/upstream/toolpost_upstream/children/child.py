"""One server's process, and the pipes to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import anyio

from toolpost_upstream.children.guard import NOT_EXECUTABLE, NOT_FOUND
from toolpost_upstream.children.surroundings import DEEPEST, depth, surroundings
from toolpost_upstream.servers.server import Server
from toolpost_upstream.wires.wire import WireError

GUARD = Path(__file__).with_name("guard.py")
# Seconds in which a server may end by itself, once its input is closed; then until its guard has done it.
CLOSING, KILLING = 0.5, 3.0
LOOK = 0.02


class Child:
    """The guard of a server, which has the server's own status in the end."""

    def __init__(self, server: Server) -> None:
        if sys.platform == "win32":
            raise WireError("cannot be started on this system, where pipes cannot be waited for; give its url")
        if depth() >= DEEPEST:
            raise WireError(
                "is not started by a toolpost that a server of another toolpost's server has started: that could go "
                "on for ever; look whether some command starts toolpost itself, and take that server out"
            )
        (from_host, self.stdin), (self.stdout, to_host), (self.stderr, heard) = os.pipe(), os.pipe(), os.pipe()
        lifeline, self._lifeline = os.pipe()
        theirs, self._ours = (from_host, to_host, heard, lifeline), [self.stdin, self.stdout, self.stderr]
        self._ours.append(self._lifeline)
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), str(lifeline), server.command, *server.args],
                stdin=from_host,
                stdout=to_host,
                stderr=heard,
                pass_fds=(lifeline,),
                env=surroundings(server.env),
                cwd=server.cwd or None,
                # A Ctrl-C is for the host, which ends its children in order.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self._close()
            where = f" in {server.cwd}" if isinstance(error, FileNotFoundError | NotADirectoryError) else ""
            raise WireError(f"cannot be started{where}: {getattr(error, 'strerror', None) or error}") from None
        finally:
            for descriptor in theirs:
                os.close(descriptor)

    def reason(self, seen: str, words: list[str]) -> str:
        """Why there is no more of it."""
        status = self._popen.poll()
        last = f"; it said: {' / '.join(words)}" if words else ""
        match status:
            case None:
                return f"{seen}{last}"
            case _ if status == NOT_FOUND:
                return f"cannot be started: its command was not found{last}"
            case _ if status == NOT_EXECUTABLE:
                return f"cannot be started: its command cannot be run{last}"
            case _ if status < 0:
                with suppress(ValueError):
                    return f"was ended by {signal.Signals(-status).name}{last}"
        return f"has ended with status {status}{last}"

    async def ended(self, seconds: float) -> None:
        """Wait until it has ended, so long."""
        with anyio.move_on_after(seconds):
            while self._popen.poll() is None:  # noqa: ASYNC110 - not every system tells
                await anyio.sleep(LOOK)

    async def stop(self) -> None:
        """End it, with everything that it started."""
        for descriptor in (self.stdin, self.stdout):
            self._close_one(descriptor)
        await self.ended(CLOSING)
        if self._popen.poll() is None:
            # It may have been stopped by what it guards.
            self._popen.send_signal(signal.SIGCONT)
            self._popen.terminate()
            await self.ended(KILLING)
        if self._popen.poll() is None:
            self._popen.kill()
            await self.ended(KILLING)
        self._close()

    def _close(self) -> None:
        for descriptor in list(self._ours):
            self._close_one(descriptor)

    def _close_one(self, descriptor: int) -> None:
        if descriptor in self._ours:
            self._ours.remove(descriptor)
            with suppress(OSError):
                os.close(descriptor)
