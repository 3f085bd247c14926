"""What a plugin's process says on stderr: how it writes its events there, and how the host makes them its own."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from time import monotonic
from types import TracebackType

from toolpost.crash import account
from toolpost.logs.formats import LONGEST

log = logging.getLogger("toolpost.isolation")

# Characters of a line that are logged, and lines a second.
LINE, LINES = LONGEST, 100
# As systemd reads severities (sd-daemon(3)).
SEVERITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7))
SEVERITY = re.compile(r"<([3467])>(.*)", re.DOTALL)
LEVELS = {"3": logging.ERROR, "4": logging.WARNING, "6": logging.INFO, "7": logging.DEBUG}
# Between the lines of one event, which is one line of stderr (ASCII's record separator).
BETWEEN = "\x1e"
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class ToHost(logging.Formatter):
    """Each event as a line with its severity."""

    def format(self, record: logging.LogRecord) -> str:
        severity = next(number for level, number in SEVERITIES if record.levelno >= level)
        lines = f"{record.name}: {super().format(record)}".splitlines()
        return f"<{severity}>{BETWEEN.join(lines)}"

    def formatException(self, ei: Raised) -> str:
        """Types and places, as in the log of the host: the text of an exception quotes what it failed on."""
        return "" if ei[1] is None else "\n".join(account(ei[1]))


class Listener(threading.Thread):
    """Writes what a process says on stderr to the log, until it and its children have closed it."""

    def __init__(self, plugin: str, descriptor: int) -> None:
        super().__init__(name=f"stderr of {plugin}", daemon=True)
        self._plugin, self._descriptor = plugin, descriptor

    def run(self) -> None:
        told, second, dropped = 0, 0, 0
        with os.fdopen(self._descriptor, "rb", buffering=0) as stream:
            for line in _lines(stream.fileno()):
                if int(monotonic()) != second:
                    if dropped:
                        log.warning("plugin %r: %d lines were dropped", self._plugin, dropped)
                    told, second, dropped = 0, int(monotonic()), 0
                told += 1
                if told > LINES:
                    dropped += 1
                    continue
                self._tell(line)

    def _tell(self, line: str) -> None:
        found = SEVERITY.fullmatch(line)
        level, text = (LEVELS[found[1]], found[2].replace(BETWEEN, "\n")) if found else (logging.WARNING, line)
        log.log(level, "plugin %r: %s", self._plugin, text)


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
