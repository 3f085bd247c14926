"""What a server says on stderr, as lines of toolpost's log: bounded, without its secrets, under its name."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Sequence

import anyio

from toolpost.kit import Lines

log = logging.getLogger("toolpost.upstream")

# Characters of a line that are logged, lines a second, and bytes that are held of one.
LINE, LINES, HELD = 2000, 50, 16_384
CHUNK = 65_536
# Lines that are kept for whoever asks why it is down.
KEPT = 5


class Said:
    """Reads a descriptor until all that hold its other end have closed it."""

    def __init__(self, name: str, descriptor: int, secrets: Sequence[str]) -> None:
        self._name, self._descriptor, self._secrets = name, descriptor, secrets
        self.last: deque[str] = deque(maxlen=KEPT)
        self._second, self._told, self._dropped = -1, 0, 0
        os.set_blocking(descriptor, False)

    async def run(self) -> None:
        """Read, and log."""
        cut = Lines(HELD)
        while True:
            await anyio.wait_readable(self._descriptor)
            if not self.read(cut):
                return

    def read(self, cut: Lines) -> bool:
        """Log what is there; False at the end."""
        try:
            chunk = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
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
        text = line.strip()[:LINE]
        if not text:
            return
        for secret in self._secrets:
            text = text.replace(secret, "***")
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
