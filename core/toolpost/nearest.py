"""The way out after a wrong name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The name that was probably meant, or all that there are."""
    allowed = list(known)
    near = difflib.get_close_matches(word, allowed, 1)
    return f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed) or 'none'}"
