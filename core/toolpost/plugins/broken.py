"""What is said of a plugin that had to be left out."""

from __future__ import annotations

from dataclasses import dataclass

from toolpost.plugins.find import brought_by
from toolpost.plugins.patience import bounded

LONGEST = 300
# Seconds that an exception has to say what it is.
SPEAKING = 1.0


@dataclass(frozen=True)
class Broken:
    """A plugin that was left out, and why."""

    name: str
    reason: str

    @property
    def sentence(self) -> str:
        """Plugin, distribution and reason in one line."""
        return f"plugin {self.name!r}{brought_by(self.name)} is left out: {self.reason}"


def reason(error: BaseException) -> str:
    """An exception in one short line, whatever it holds."""
    try:
        with bounded("its message", SPEAKING):
            text = " ".join(str(error).split())
    except BaseException:
        text = "an exception that cannot be printed"
    return f"{type(error).__name__}: {text}"[:LONGEST] if text else type(error).__name__
