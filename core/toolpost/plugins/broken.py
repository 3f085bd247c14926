"""What is said of a plugin that had to be left out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from toolpost.plugins.find import brought_by
from toolpost.plugins.patience import bounded
from toolpost.plugins.places import place_in

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


@dataclass(frozen=True)
class Failure:
    """Why a plugin did not come through, and where in its code; `late` is one that took all the time it had."""

    why: str
    places: str = ""
    late: bool = False


def reason(error: BaseException, plugin: str = "") -> str:
    """An exception in one short line, whatever it holds; with its place in the code of a plugin, if it has one."""
    try:
        with bounded("its message", SPEAKING):
            text = " ".join(str(error).split())
    except BaseException:
        text = "an exception that cannot be printed"
    said = f"{type(error).__name__}: {text}"[:LONGEST] if text else type(error).__name__
    place = ""
    with suppress(Exception):  # one that shows no traceback, say
        place = place_in(error, plugin) if plugin else ""
    return f"{said} ({place})" if place else said
