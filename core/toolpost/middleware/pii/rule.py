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
def longest(source: bytes) -> Any:
    """As `pattern`, but of all that could match in a place the longest."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.longest_match = True
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


def says(source: str, page: Shadow) -> bool:
    """Whether one of these words stands anywhere on a page; asked once."""
    if source not in page.notes:
        page.notes[source] = words(source).search(page.utf8) is not None
    said: bool = page.notes[source]
    return said


def in_a_row(page: Shadow, start: int, end: int) -> bool:
    """Whether groups of digits go on in front of these, so that nobody can tell where a number begins."""
    before = page.text[max(0, start - 2) : start]
    row = before[-1:] == " " and before[:1].isdigit() and " " in page.text[start:end]
    return row and page.notes.get("accepted") != start - 1


def spans(source: bytes, page: Shadow) -> Iterator[tuple[int, int]]:
    """Where a pattern matches, one after another."""
    for match in pattern(source).finditer(page.raw):
        yield match.span()


Judge = Callable[[Shadow, int, int], Span | None]


def judged(regex: Any, page: Shadow, judge: Judge, *, whole: bool = False) -> Iterator[Span]:
    """What `judge` makes of each match, going on right behind that.

    A match may hold more than the number it begins with (the next number of a
    list, an expiry date), so what is left over is searched again. A refused
    match is left behind up to its first gap, or as a `whole`.
    """
    data, position = page.raw, 0
    matches = regex.finditer(data)
    while match := next(matches, None):
        start, end = match.span()
        if accepted := judge(page, start, end):
            page.notes["accepted"] = accepted.end
            yield accepted
            position = max(accepted.end, start + 1)
        else:
            gap = -1 if whole else data.find(b" ", start + 1, end)
            position = end if gap < 0 else gap
        if position != end:
            matches = regex.finditer(data, position)
