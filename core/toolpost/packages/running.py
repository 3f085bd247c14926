"""Runs an installer: a line of what it is doing on a terminal, and its own words only where it fails."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence

from toolpost.errors import PluginError
from toolpost.packages.requirement import without_user

# Lines of an installer's words that are shown when it fails.
SHOWN = 15
NOISE = ("[notice]", "WARNING: Running pip as", "Looking in ", "Requirement already", "Collecting ", "Using cached")


def shown(command: Sequence[str]) -> str:
    """A command as it would be typed."""
    return without_user(subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command))


def run(command: Sequence[str]) -> list[str]:
    """Run an installer to its end, and answer with its last words.

    Raises:
        PluginError: it failed; its last words are in the notes of the exception.
        KeyboardInterrupt: Ctrl-C, once it has ended too.
    """
    last: deque[str] = deque(maxlen=200)
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_environment()
        ) as child:
            _follow(child, last)
    except OSError as error:
        raise PluginError(f"{command[0]!r} cannot be run: {error.strerror or error}") from None
    if child.returncode:
        raise _failure(command, child.returncode, list(last))
    return list(last)


def _follow(child: subprocess.Popen[bytes], last: deque[str]) -> None:
    try:
        for line in child.stdout or ():
            last.append(line.decode("utf-8", "replace").rstrip())
            _status(last[-1])
    except KeyboardInterrupt:
        # A terminal has told the child too. Left alone it would go on behind the prompt; cut off, it
        # would leave half a distribution: so it may clean up, and a second Ctrl-C ends the waiting.
        child.wait()
        raise
    finally:
        _status("")


def _status(line: str) -> None:
    """The latest line of the installer, in place of the one before."""
    if sys.stderr.isatty():
        text = "".join(char for char in line if char.isprintable())[:78]
        sys.stderr.write(f"\r\x1b[2K\x1b[2m{text}\x1b[0m" if text else "\r\x1b[2K")
        sys.stderr.flush()


def _environment() -> dict[str, str]:
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off", "NO_COLOR": "1"}
    return {**os.environ, **quiet, "PYTHONUNBUFFERED": "1", "PIPX_DEFAULT_OUTPUT": "human"}


def _failure(command: Sequence[str], status: int, lines: list[str]) -> PluginError:
    error = PluginError(f"`{shown(command)}` failed with status {status}; {_way_out(' '.join(lines))}")
    error.add_note("\n".join(f"  {without_user(line)}" for line in _telling(lines)))
    return error


def _telling(lines: Sequence[str]) -> list[str]:
    """The lines from the first error on, else the last ones."""
    said = [line for line in lines if line.strip() and not line.lstrip().startswith(NOISE)]
    first = next((number for number, line in enumerate(said) if line.lstrip().lower().startswith(("error", "×"))), None)
    return said[-SHOWN:] if first is None else said[first:][:SHOWN]


def _way_out(text: str) -> str:
    return next(_advice(text.lower()))


def _advice(text: str) -> Iterator[str]:
    if "no matching distribution" in text or "not found in the package registry" in text or "no versions of" in text:
        yield "look at the name and the version; other indexes are named in pip's or uv's own configuration"
    if "resolutionimpossible" in text or "no solution found" in text or "conflicting dependencies" in text:
        yield "it cannot be installed beside what is here; ask its author for a release that fits"
    if "hash" in text and "match" in text:
        yield "what the index gives is not what was locked; do not use it before you know why"
    if "no space left" in text:
        yield "make room on the disk"
    if "permission denied" in text or "read-only file system" in text:
        yield "make the folder writable, or install toolpost where it is"
    if "connection" in text or "timed out" in text or "name resolution" in text or "dns error" in text:
        yield "look whether the index can be reached from here"
    if "failed building" in text or "failed to build" in text or "metadata-generation-failed" in text:
        yield "it has no wheel for this Python and did not build; its author may have one"
    yield "nothing was recorded; run the command by hand to see all of it"
