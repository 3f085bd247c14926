"""Takes stdin and stdout away from everything but the protocol."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TextIO


class Wire(NamedTuple):
    """The descriptors that carry the protocol."""

    read: int
    write: int


def claim() -> Wire:
    """Take descriptors 0 and 1 away, before any plugin could print to them or read from them.

    Afterwards 0 is empty and 1 is stderr, for this process and its children.
    """
    wire = Wire(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    _stdout_to_stderr()
    return wire


@contextmanager
def stdout_kept() -> Iterator[TextIO]:
    """The real stdout for the answer alone; what anything else prints goes to stderr meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    _stdout_to_stderr()
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8", errors="replace") as out:
            yield out
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def seal() -> None:
    """Nothing more goes to stdout: what a plugin prints when the process ends is no answer."""
    try:
        # Not `sys.stdout`: where nobody reads any more, click has put something in its place that never fails.
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
    except (OSError, ValueError):  # what is left must not go to stderr instead
        return
    _stdout_to_stderr()


def _stdout_to_stderr() -> None:
    try:
        os.dup2(2, 1)
    except OSError:  # stderr is closed
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.close(nothing)
