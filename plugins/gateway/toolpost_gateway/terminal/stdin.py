"""What is asked once: the words of the command line, and what comes on stdin behind them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Timer

import click

# Seconds after which a person is told what is waited for: a pipe that nobody closes looks like one that is slow.
PATIENCE = 2.0
WAITS = "(reading stdin to its end; add `< /dev/null` if nothing comes there)"
NOTHING = "there is nothing to ask: give a MESSAGE, or text on stdin"


def message_of(words: Sequence[str]) -> str | None:
    """The message; None for a conversation, which only a terminal can have.

    Raises:
        click.UsageError: there is neither.
    """
    said, is_terminal = " ".join(words), sys.stdin is not None and sys.stdin.isatty()
    if is_terminal or sys.stdin is None:
        piped = ""
    else:
        with _told():
            piped = sys.stdin.read().strip("\n")
    message = "\n\n".join(part for part in (said, piped) if part)
    if not message and not is_terminal:
        raise click.UsageError(NOTHING)
    return message or None


@contextmanager
def _told() -> Iterator[None]:
    """Say what is waited for, if it takes long."""
    timer = Timer(PATIENCE, click.echo, (WAITS,), {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
