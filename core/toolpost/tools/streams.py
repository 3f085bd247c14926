"""Text that is sent bit by bit, and what a layer makes of it on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class TextFilter(Protocol):
    """Rewrites a text that comes in pieces, just as the layer would rewrite the whole of it.

    One that must see the whole first gives nothing: what the answer of the
    call has beyond what was sent is sent when the call has been answered.
    """

    def feed(self, text: str) -> str:
        """What may be sent now; the filter keeps back what could still become something else."""
        ...

    def end(self) -> str:
        """The rest, once the text has ended."""
        ...


@dataclass(frozen=True)
class Chain:
    """Several filters as one; the first sees the text first."""

    filters: Sequence[TextFilter]

    def feed(self, text: str) -> str:
        """Through all filters, in order."""
        for one in self.filters:
            text = one.feed(text)
        return text

    def end(self) -> str:
        """What each still holds, through those after it."""
        text = ""
        for one in self.filters:
            text = one.feed(text) + one.end()
        return text
