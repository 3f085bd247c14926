"""What a plugin offers that finds personal data which no pattern can: names of people, addresses of houses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Recogniser(Protocol):
    """A plugin that recognises names and the like; the `pii` layer asks it in a thread, line by line."""

    @property
    def recognised(self) -> Sequence[str]:
        """The types that it finds, such as `PERSON`: capital letters, digits and underscores."""
        ...

    def recognise(self, text: str) -> Iterable[tuple[int, int, str]]:
        """Start, end and type of each that is found in a text of one line; called by many threads at once."""
        ...
