"""A process that SQLite works in, as the host sees it: started, asked, ended."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeVar

import toolpost
from toolpost import InvalidArguments, ToolError
from toolpost.kit import environment
from toolpost_sqlite import wire
from toolpost_sqlite.bounds import Bounds

log = logging.getLogger("toolpost.sqlite")
Answer = TypeVar("Answer")
# Without `site` it starts three times as fast; it needs nothing but Python's own library and these two packages.
CODE = "import sys; sys.path += sys.argv[1:]; from toolpost_sqlite.apart import main; main()"
PACKAGES = [str(Path(file).parents[1]) for file in (str(toolpost.__file__), __file__)]
VARIABLES = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Seconds that one has to let go of the file before it is killed.
LEAVING = 0.5
UNKNOWN = "it is not known whether the change was made; read before trying again"


class Process:
    """One of them; it does one thing at a time."""

    def __init__(self, path: Path, bounds: Bounds, *, read_only: bool) -> None:
        self._bounds = bounds
        self._first = {"path": str(path), "bounds": asdict(bounds), "read_only": read_only}
        self._is_committing = self._is_worn = False
        self._message: dict[str, Any] | None = None
        self._talking = Lock()
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CODE, *PACKAGES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(VARIABLES),
        )

    def stand(self) -> None:
        """Wait until it is there.

        Raises:
            ToolError: it cannot be.
        """
        with self._talking:
            self._send(self._first)
            if self._next() is None:
                raise ToolError("the process that SQLite works in cannot be started; the operator has to see to it")

    @property
    def is_fit(self) -> bool:
        """Whether it has answered what it was asked, and may be asked something else."""
        return self._message is not None and not self._is_worn and self._popen.poll() is None

    def take(self) -> None:
        """Ask nothing else of it until it has answered."""
        self._message = None

    def ask(self, work: str, given: dict[str, Any], finish: Callable[[Any], Answer]) -> Answer:
        """What `finish` makes of the answer, in this thread.

        Raises:
            ToolError: there, or the process has ended.
        """
        with self._talking:
            self._send({"work": work, "given": given})
            while (message := self._next()) is not None:
                match message:
                    case {"committing": is_so}:
                        self._is_committing = is_so
                    case {"log": text}:
                        log.error("%s", text)
                    case _:
                        self._is_committing, self._is_worn = False, message["worn"]
                        self._message = message
                        break
            return self._outcome(finish)

    def killed(self, finish: Callable[[Any], Answer]) -> Answer:
        """End it at once; what it may still have answered.

        Raises:
            ToolError: nothing, since it took too long.
        """
        self._popen.kill()
        with self._talking:
            if self._message is None and not self._is_committing:
                from toolpost_sqlite.failures import stopped

                raise stopped("time", self._bounds, writes=True)
            return self._outcome(finish)

    def leave(self) -> None:
        """Have it let go of the file and end, without waiting for that."""
        Thread(target=self._end, name="end of SQLite", daemon=True).start()

    def _end(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(LEAVING)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        with self._talking:
            for pipe in (self._popen.stdin, self._popen.stdout):
                with suppress(OSError):
                    assert pipe is not None
                    pipe.close()

    def _outcome(self, finish: Callable[[Any], Answer]) -> Answer:
        match self._message:
            case {"answer": answer}:
                return finish(answer)
            case {"error": error}:
                raise wire.raised(error)
            case {"crash": text}:
                raise RuntimeError(text)
        if self._is_committing:
            raise ToolError(f"the process that SQLite works in has ended, and {UNKNOWN}")
        raise ToolError("SQLite could not finish this statement, and its process has ended; nothing was changed")

    def _send(self, message: dict[str, Any]) -> None:
        sent = wire.line(message)
        if len(sent) > self._bounds.memory:
            raise InvalidArguments(f"these arguments have more than {self._bounds.memory} bytes")
        # One that has ended is found so by reading.
        with suppress(OSError, ValueError):
            assert self._popen.stdin is not None
            self._popen.stdin.write(sent)
            self._popen.stdin.flush()

    def _next(self) -> dict[str, Any] | None:
        assert self._popen.stdout is not None
        with suppress(ValueError):  # it has been closed, or was killed in the middle of a line
            return wire.read(self._popen.stdout.readline())
        return None
