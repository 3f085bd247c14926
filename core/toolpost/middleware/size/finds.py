"""Who knows what must not be cut in two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Spans = Sequence[tuple[int, int, str]]


class Finds(Protocol):
    """A plugin whose layer replaces what is personal in texts, outside of the one that cuts them."""

    def spans(self, text: str) -> Spans:
        """Where something stands that is replaced, and its type; in order and without overlaps."""
        ...
