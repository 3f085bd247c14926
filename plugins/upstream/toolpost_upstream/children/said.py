"""What a server says on stderr, as lines of toolpost's log: bounded, without its secrets, under its name."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Sequence

import anyio

from toolpost.kit import Lines
from toolpost_upstream.servers.secrets import without

log = logging.getLogger("toolpost.upstream")

# Characters of a line that are logged, lines a second, and bytes that are held of one.
LINE, LINES, HELD = 2000, 50, 16_384
CHUNK = 65_536
# Bytes a second that are read at all; a server that says more has to wait.
READ = 4 * CHUNK
# Lines that are kept for whoever asks why it is down.
KEPT = 5


class Said:
    """Reads a descriptor until all that hold its other end have closed it."""

    def __init__(self, name: str, descriptor: int, secrets: Sequence[str]) -> None:
        self._name, self._descriptor, self._secrets = name, descriptor, secrets
        self.last: deque[str] = deque(maxlen=KEPT)
        self._second, self._told, self._dropped = -1, 0, 0
        self._began, self._read = 0.0, 0
        os.set_blocking(descriptor, False)

    async def run(self) -> None:
        """Read, and log."""
        cut = Lines(HELD)
        while True:
            await anyio.wait_readable(self._descriptor)
            if not self.read(cut):
                return
            await self._rest()

    async def _rest(self) -> None:
        """Read no more in this second, if it has brought as much as one may."""
        passed = anyio.current_time() - self._began
        if passed >= 1:
            self._began, self._read = anyio.current_time(), 0
        elif self._read > READ:
            await anyio.sleep(1 - passed)

    def read(self, cut: Lines) -> bool:
        """Log what is there; False at the end."""
        try:
            chunk = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._read += len(chunk)
        for line in cut.feed(chunk):
            self._line("(a line too long to be shown)" if line is None else line.decode("utf-8", "replace"))
        return bool(chunk)

    def drain(self) -> None:
        """Log what is still there, of one that has ended."""
        cut = Lines(HELD)
        for _ in range(16):
            if not self.read(cut):
                break

    def _line(self, line: str) -> None:
        # Before it is cut, or a part of a secret could be left.
        text = without(line.strip(), self._secrets)[:LINE]
        if not text:
            return
        self.last.append(text[:300])
        now = int(anyio.current_time())
        if now != self._second:
            if self._dropped:
                log.warning("upstream %r: %d lines of stderr were dropped", self._name, self._dropped)
            self._second, self._told, self._dropped = now, 0, 0
        self._told += 1
        if self._told > LINES:
            self._dropped += 1
        else:
            log.info("upstream %r: %s", self._name, text)
