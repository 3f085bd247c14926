"""A person at a terminal, typing toolpost's commands."""

from __future__ import annotations

import os
import select
import subprocess
import sys

import pytest

TOOLPOST = [sys.executable, "-m", "toolpost"]


class Terminal:
    """A command whose stdin and stderr are a terminal, and whose stdout is a pipe, or as a `whole` that too."""

    def __init__(self, *words: str, whole: bool = False) -> None:
        self.master, inside = os.openpty()
        self.process = subprocess.Popen(
            [*TOOLPOST, *words],
            stdin=inside,
            stderr=inside,
            stdout=inside if whole else subprocess.PIPE,
            start_new_session=True,
        )
        os.close(inside)
        self.shown = ""
        self.looked = 0

    def until(self, text: str) -> str:
        """What is shown until some text appears."""
        while text not in self.shown:
            self.shown += self._read() or pytest.fail(f"{text!r} never came: {self.shown!r}")
        return self.shown

    def next(self, text: str) -> None:
        """Wait until some text appears after what was waited for before."""
        while (found := self.shown.find(text, self.looked)) < 0:
            self.shown += self._read() or pytest.fail(f"{text!r} never came: {self.shown!r}")
        self.looked = found + len(text)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> tuple[int, str]:
        """The status and what stood on stdout, once the command has ended."""
        while more := self._read():
            self.shown += more
        try:
            out, _ = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            pytest.fail(f"it did not end: {self.shown!r}")
        finally:
            os.close(self.master)
        return self.process.returncode, (out or b"").decode()

    def _read(self) -> str:
        ready, _, _ = select.select([self.master], [], [], 20)
        try:
            return os.read(self.master, 65536).decode(errors="replace") if ready else ""
        except OSError:  # nobody holds the other end any more
            return ""
