"""The log on stderr: a line for each event, and no secret in any."""

from __future__ import annotations

import logging
import select
import sys
import threading
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

from toolpost.cli.output import one_line
from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.crash import account
from toolpost.plugins.find import private_fields

log = logging.getLogger("toolpost")
LONGEST = 3_500


class Lines(logging.Formatter):
    """What is logged, as lines that a plugin's texts cannot break or colour."""

    def __init__(self, config: Config) -> None:
        super().__init__("toolpost: %(levelname)s: %(message)s")
        self._config = config

    @cached_property
    def _clean(self) -> Callable[[str], str]:
        # Looked up with the first line there is: most starts have nothing to say.
        return without_secrets(self._config, private_fields)

    def format(self, record: logging.LogRecord) -> str:
        record = copy(record)
        record.exc_text = None  # another formatter's, which quotes the exception
        lines = "\n".join(one_line(line) for line in self._clean(super().format(record)).split("\n"))
        return lines if len(lines) <= LONGEST else f"{lines[:LONGEST]}…"

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\n", "\n  ")

    def formatException(self, ei: Any) -> str:
        """Where it happened, and none of the texts: an exception quotes what it failed on."""
        return "\n".join(f"  {line}" for line in "\n".join(account(ei[1])).split("\n")) if ei[1] else ""


class Unread(logging.StreamHandler[Any]):
    """Writes to stderr while somebody reads it: a client that does not would hold up all of toolpost."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            # A pipe is writable when it takes a page, which is as long as a line may be.
            readers = sys.platform == "win32" or select.select([], [2], [], 0)[1]
        except (OSError, ValueError):  # stderr is closed
            return
        if readers:
            super().emit(record)


def log_to_stderr(config: Config) -> None:
    """Write the log to stderr from now on, as much of it as the configuration wants."""
    handler = Unread()
    handler.setFormatter(Lines(config))
    logging.basicConfig(level=config.server.log_level, handlers=[handler])
    # What Python would write to stderr by itself, secrets and all.
    logging.captureWarnings(True)
    threading.excepthook = _of_thread
    sys.unraisablehook = _unraisable


def _of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.error("a thread of a plugin failed\n%s", "\n".join(account(args.exc_value)))


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        log.error("a finalizer failed\n%s", "\n".join(account(args.exc_value)))
