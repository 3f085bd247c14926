"""Names and the patterns that stand for them in a rule."""

from __future__ import annotations

import difflib
import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

Globs = tuple[str, ...]
SIGNS = frozenset("*?[")
SET = re.compile(r"\[!?\]?[^\]]*\]")


@lru_cache(maxsize=4096)
def fits(name: str, globs: Globs) -> bool:
    """Whether a name is one of those that patterns with `*`, `?` and `[…]` stand for.

    Both are compared in Unicode's NFKC, so that a name in full-width letters
    is the name; upper and lower case differ.
    """
    return _matcher(globs)(name)


def matcher(globs: Iterable[str]) -> Callable[[str], bool] | None:
    """`fits` for many names; None where there are no patterns, or one that stands for every name."""
    found = {folded(glob) for glob in globs}
    return None if not found or "*" in found else _matcher(tuple(sorted(found)))


def may_meet(one: str, other: str) -> bool:
    """Whether some name may fit both patterns; `[…]` is taken for any letter."""
    left, right = SET.sub("?", folded(one)), SET.sub("?", folded(other))
    # How far both have come, in every way: a star stands for nothing, or takes a letter of the other side.
    ways, seen = [(0, 0)], set[tuple[int, int]]()
    while ways:
        at = i, j = ways.pop()
        if at == (len(left), len(right)):
            return True
        if at not in seen:
            seen.add(at)
            ways += _on(left[i : i + 1], right[j : j + 1], i, j)
    return False


def exact(globs: Iterable[str]) -> set[str]:
    """The patterns that are just names."""
    return {glob for glob in globs if not SIGNS & set(glob)}


def folded(name: str) -> str:
    """A name as it is compared."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def nearest_to(glob: str, names: Iterable[str]) -> str:
    """The name that a pattern without a match was probably meant for, for the end of a sentence."""
    near = difflib.get_close_matches(glob.strip("*?"), [*names], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _on(left: str, right: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    """Where two patterns may come to from here."""
    if "*" in (left, right):
        if left:
            yield i + 1, j
        if right:
            yield i, j + 1
    elif left and right and (left == right or "?" in (left, right)):
        yield i + 1, j + 1


@lru_cache(maxsize=256)
def _matcher(globs: Globs) -> Callable[[str], bool]:
    found = {folded(glob) for glob in globs}
    names = exact(found)
    # Atomic groups keep what `fnmatch` makes of a pattern from stepping back: the time is linear for each `*`.
    fitting = re.compile("|".join(map(fnmatch.translate, found - names)) or r"(?!)").match

    def fits(name: str) -> bool:
        name = folded(name)
        return name in names or fitting(name) is not None

    return fits
