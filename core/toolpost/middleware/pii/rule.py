"""A rule finds one family of personal data on a page of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from toolpost.middleware.pii.shadow import Shadow


class Span(NamedTuple):
    """Where something personal stands in a text, half open as a slice is."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Rule:
    """How one family of types is found.

    `trigger` is a cheap RE2 pattern that matches somewhere in every text in
    which `find` could find anything. A rule that goes `last` sees only what
    the others have left.
    """

    types: frozenset[str]
    trigger: str
    find: Callable[[Shadow], Iterator[Span]]
    last: bool = False


@cache
def pattern(source: bytes) -> Any:
    """A compiled RE2 pattern over shadow bytes: one byte is one character, and time is linear."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(source, options)


@cache
def words(source: str) -> Any:
    """A compiled RE2 pattern over UTF-8, for the words around a number; case does not matter."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(source.encode(), options)


def follows(source: str, before: str) -> bool:
    """Whether a text ends with what a pattern describes."""
    return words(source).search(before.encode("utf-8", "replace")) is not None


def spans(source: bytes, page: Shadow) -> Iterator[tuple[int, int]]:
    """Where a pattern matches, one after another."""
    for match in pattern(source).finditer(page.bytes):
        yield match.span()


Judge = Callable[[Shadow, int, int], tuple[int, int] | None]


def judged(source: bytes, page: Shadow, judge: Judge) -> Iterator[tuple[int, int]]:
    """The part of each match that `judge` accepts, going on right behind that part.

    A match may hold more than the number it begins with (the next number of a
    list, an expiry date), so what is left over is searched again. A refused
    match is left behind up to its first gap.
    """
    regex, data, position = pattern(source), page.bytes, 0
    while match := regex.search(data, position):
        start, end = match.span()
        if accepted := judge(page, start, end):
            yield accepted
            position = max(accepted[1], start + 1)
        else:
            gap = data.find(b" ", start + 1, end)
            position = end if gap < 0 else gap
