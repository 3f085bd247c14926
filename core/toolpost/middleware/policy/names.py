"""Names and the patterns that stand for them in a rule."""

from __future__ import annotations

import difflib
import fnmatch
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

Globs = tuple[str, ...]


@lru_cache(maxsize=4096)
def fits(name: str, globs: Globs) -> bool:
    """Whether a name is one of those that patterns with `*`, `?` and `[…]` stand for.

    Both are compared in Unicode's NFKC, so that a name in full-width letters
    is the name; upper and lower case differ.
    """
    return _compiled(globs).match(folded(name)) is not None


def folded(name: str) -> str:
    """A name as it is compared."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def nearest_to(glob: str, names: Iterable[str]) -> str:
    """The name that a pattern without a match was probably meant for, for the end of a sentence."""
    near = difflib.get_close_matches(glob.strip("*?"), [*names], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


@lru_cache(maxsize=256)
def _compiled(globs: Globs) -> re.Pattern[str]:
    # Atomic groups keep what `fnmatch` makes of a pattern from stepping back: the time is linear for each `*`.
    return re.compile("|".join(fnmatch.translate(folded(glob)) for glob in globs) or r"(?!)")
