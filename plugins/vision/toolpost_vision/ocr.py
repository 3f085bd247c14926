"""Text in a picture, read on this machine where the extra `toolpost-vision[ocr]` is installed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import anyio
import anyio.to_thread

INSTALL = "text in pictures is read where the extra is installed: pip install 'toolpost-vision[ocr]'"
LONGEST = 20_000


@dataclass(frozen=True)
class Text:
    """What was read: None where nothing could be, with a note that says why."""

    found: str | None
    note: str = ""

    def sentence(self) -> str:
        """The same in words, marked as what a machine read."""
        if self.found is None:
            return f"Its text was not read: {self.note}."
        if not self.found:
            return "OCR found no text in it."
        return f"Text in it, read by OCR, which may misread:\n{self.found}"


class Ocr:
    """Reads one picture at a time; no reading takes longer than `seconds` of a caller's time.

    ocrust 0.2.7 with its models takes 0.25 s to start, 0.1 s for two lines
    and some seconds for a full page; it opens no connection.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._busy = threading.Lock()

    @property
    def is_installed(self) -> bool:
        """Whether the extra is there; nothing is imported to tell."""
        return find_spec("ocrust") is not None

    async def read(self, data: bytes) -> Text:
        """The text of a picture of a bounded size."""
        if not self.is_installed:
            return Text(None, INSTALL)
        with anyio.move_on_after(self._seconds):
            # Nothing can stop the thread; the lock keeps left ones from piling up.
            return await anyio.to_thread.run_sync(self._scan, data, abandon_on_cancel=True)
        return Text(None, f"it took longer than {self._seconds:g} s (ocr_seconds)")

    def _scan(self, data: bytes) -> Text:
        if not self._busy.acquire(timeout=self._seconds):
            return Text(None, "another picture is still being read")
        try:
            return Text(str(self._engine.scan(data).text).strip()[:LONGEST])
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            # ocrust's own is a RuntimeError; without its models it names them.
            return Text(None, INSTALL if "model" in str(error) else "the OCR failed on this picture")
        finally:
            self._busy.release()

    @cached_property
    def _engine(self) -> Any:
        # By name, because the type checker has to do without the extra.
        ocrust = import_module("ocrust")
        # One thread of its own leaves the event loop its share of the machine.
        return ocrust.Ocr(threads=1, tables=False)
