"""Names and the patterns that stand for them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

EVERY = "*"


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of those that patterns with `*`, `?` and `[…]` stand for; upper and lower case differ."""
    return any(pattern == EVERY or fnmatchcase(name, pattern) for pattern in patterns)
