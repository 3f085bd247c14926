"""Names that an operator lists, with `*` for what he does not want to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

Matches = Callable[[str], bool]
GLOB = frozenset("*?[")


def matcher(patterns: Iterable[str]) -> Matches | None:
    """Whether a name fits one of the patterns; None where every name does."""
    found = set(patterns)
    if not found or "*" in found:
        return None
    globs = [pattern for pattern in found if GLOB & set(pattern)]
    if not globs:
        return found.__contains__
    fits = re.compile("|".join(map(translate, globs))).match
    return lambda name: name in found or fits(name) is not None


def exact(patterns: Iterable[str]) -> set[str]:
    """The patterns that are just names."""
    return {pattern for pattern in patterns if not GLOB & set(pattern)}
