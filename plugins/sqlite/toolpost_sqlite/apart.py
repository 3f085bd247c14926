"""The process that SQLite works in: it takes one request after another, and nothing in it is missed when it is ended.

What SQLite does while it compiles a statement, or inside of one comparison,
nothing interrupts; the only way to bound that is to end the process.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolpost import ToolError
from toolpost.kit import claim
from toolpost_sqlite import asking, wire
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.confines import bound_memory, end_after
from toolpost_sqlite.database import File
from toolpost_sqlite.failures import stopped
from toolpost_sqlite.memory import resident
from toolpost_sqlite.run import Run

# The part of what a statement may take that a process may keep when it is over.
WORN = 4
WRITES = ("write", "create")
WORKS: dict[str, Callable[..., Any]] = {
    work.__name__: work for work in (asking.read, asking.tables, asking.describe, asking.write, asking.create)
}


class Desk(logging.Handler):
    """Answers requests about one file, and says on the way what the host must know."""

    def __init__(self, file: File, write: int) -> None:
        super().__init__()
        self._file, self._write = file, write
        self._run: Run | None = None
        self._own = resident()

    def tell(self, **message: Any) -> None:
        """Send something to the host; without a host there is nothing left to do."""
        rest = memoryview(wire.line(message))
        try:
            while rest:
                rest = rest[os.write(self._write, rest) :]
        except OSError:
            os._exit(0)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what is for the operator's log."""
        self.tell(log=record.getMessage())

    def leave(self, *_: object) -> None:
        """Let go of the file, and end."""
        if self._run is None:
            os._exit(0)
        self._run.why = self._run.why or "gone"

    def answer(self, work: str, given: dict[str, Any]) -> None:
        """Do one thing, and say how it went."""
        bounds = self._file.bounds
        run = self._run = Run(bounds, self._committing)
        end_after(bounds.seconds)
        message = self._done(run, work, given)
        end_after(0)
        self._run = None
        # What Python and the C library keep of a lot of memory would count against the next.
        is_worn = run.why == "memory" or resident() - self._own > bounds.memory // WORN
        self.tell(**message, worn=is_worn)
        if run.why == "gone":
            os._exit(0)

    def _done(self, run: Run, work: str, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"answer": WORKS[work](self._file, run, **given)}
        except ToolError as error:
            return {"error": wire.told(error)}
        except MemoryError:
            run.why = "memory"
            return {"error": wire.told(stopped("memory", run.bounds, writes=work in WRITES))}
        except Exception:
            return {"crash": traceback.format_exc()}

    def _committing(self, is_so: bool) -> None:
        # A commit that has begun is left to the disk.
        end_after(0 if is_so else self._file.bounds.seconds)
        self.tell(committing=is_so)


def main() -> None:
    """Answer until the host is gone."""
    read, write = claim()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the host
    with os.fdopen(read, "rb") as requests:
        given = json.loads(requests.readline())
        bounds = Bounds(**given["bounds"])
        desk = Desk(File(Path(given["path"]), bounds, read_only=given["read_only"]), write)
        logging.getLogger("toolpost").addHandler(desk)
        signal.signal(signal.SIGTERM, desk.leave)
        bound_memory(bounds)
        desk.tell(ready=True)
        for request in requests:
            desk.answer(**wire.read(request))
