"""From here on all that Python would write to stderr by itself is an event of the log."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
from contextlib import suppress
from types import TracebackType

from toolpost.config.load import Config
from toolpost.crash import account
from toolpost.logs.formats import Json, Text
from toolpost.logs.redaction import Redaction
from toolpost.logs.stderr import Stderr

log = logging.getLogger("toolpost")


def log_to_stderr(config: Config) -> None:
    """Write the log to stderr from now on, as much of it and in the form that the configuration wants."""
    handler, redact = Stderr(), Redaction(config)
    is_json = config.server.log_format == "json"
    handler.setFormatter(Json(redact) if is_json else Text(redact, lines=_is_terminal()))
    for before in [one for one in logging.root.handlers if isinstance(one, Stderr)]:
        logging.root.removeHandler(before)
        before.close()
    logging.root.addHandler(handler)
    logging.root.setLevel(config.server.log_level)
    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook, sys.unraisablehook = _uncaught, _of_thread, _unraisable
    # It writes the names of files, functions and threads, and no values; the process is dying, so nothing else could.
    with suppress(OSError, ValueError, RuntimeError):
        faulthandler.enable(handler.descriptor)


def hide_also(config: Config) -> None:
    """Hide the secrets of a configuration that is about to be taken up."""
    for handler in logging.root.handlers:
        if isinstance(handler.formatter, Json | Text) and isinstance(handler.formatter.redact, Redaction):
            handler.formatter.redact.also(config)


def dropped_lines() -> int:
    """How many lines of the log nobody has read."""
    return sum(handler.dropped for handler in logging.root.handlers if isinstance(handler, Stderr))


def _is_terminal() -> bool:
    with suppress(OSError):
        return os.isatty(2)
    return False


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    log.critical("toolpost failed\n%s", "\n".join(account(error)))


def _of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.error("a thread of a plugin failed\n%s", "\n".join(account(args.exc_value)))


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        log.error("a finalizer failed\n%s", "\n".join(account(args.exc_value)))
