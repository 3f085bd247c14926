"""Writes lines to stderr without waiting for whoever reads it."""

from __future__ import annotations

import logging
import os
import select
import stat
import sys
from contextlib import suppress

# A pipe takes so many bytes as a whole or not at all (POSIX: at least 512; Linux: 4096).
WHOLE = 4096


class Stderr(logging.Handler):
    """Writes each event as one line; what nobody reads is dropped and counted in `dropped`.

    A client that never reads would otherwise hold up all of toolpost, once
    its pipe is full.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0
        self._told = 0
        self._own = _own_pipe()
        self._fd = 2 if self._own is None else self._own

    @property
    def descriptor(self) -> int:
        """Where lines go: stderr itself, or the same pipe opened so that no write waits."""
        return self._fd

    def emit(self, record: logging.LogRecord) -> None:
        lost = self.dropped - self._told
        if lost and self._write(
            self._line(_event(logging.WARNING, "%d lines were dropped, since nobody read them", lost))
        ):
            self._told = self.dropped
        if not self._write(self._line(record)):
            self.dropped += 1

    def close(self) -> None:
        if self._own is not None:
            with suppress(OSError):
                os.close(self._own)
        self._own, self._fd = None, -1
        super().close()

    def _line(self, record: logging.LogRecord) -> bytes:
        try:
            text = self.format(record)
        except Exception as error:  # logging itself would print the message and its arguments, secrets and all
            text = self._instead(record, error)
        return text.encode("utf-8", "backslashreplace")[: WHOLE - 1] + b"\n"

    def _instead(self, record: logging.LogRecord, error: Exception) -> str:
        said = "an event of %s cannot be shown: %s"
        try:
            return self.format(_event(logging.ERROR, said, record.name[:100], type(error).__name__))
        except Exception:  # it is not the event, but the redaction
            return "toolpost: ERROR: an event cannot be shown"

    def _write(self, line: bytes) -> bool:
        try:
            return self._takes_a_line() and os.write(self._fd, line) == len(line)
        except (OSError, ValueError):  # it is full, or closed
            return False

    def _takes_a_line(self) -> bool:
        if sys.__stderr__ is None:
            # It was closed from the start, so its number may be any file's by now.
            return False
        return self._own is not None or sys.platform == "win32" or bool(select.select([], [self._fd], [], 0)[1])


def _event(level: int, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("toolpost", level, "", 0, message, arguments, None)


def _own_pipe() -> int | None:
    """Stderr's pipe, opened once more: whoever shares the descriptor need not know that ours does not block."""
    try:
        if stat.S_ISFIFO(os.fstat(2).st_mode):
            return os.open("/proc/self/fd/2", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        pass
    return None
