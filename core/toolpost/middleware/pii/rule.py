"""A rule finds one family of personal data on a page of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from toolpost.middleware.pii.compiled import NOWHERE, Pattern, pattern, words
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


def follows(source: str, before: str) -> bool:
    """Whether a text ends with what a pattern describes."""
    return words(source).find(before.encode("utf-8", "replace")) != NOWHERE


def says(source: str, page: Shadow) -> bool:
    """Whether one of these words stands anywhere on a page; asked once."""
    if source not in page.notes:
        page.notes[source] = words(source).find(page.utf8) != NOWHERE
    said: bool = page.notes[source]
    return said


def in_a_row(page: Shadow, start: int, end: int) -> bool:
    """Whether groups of digits go on in front of these, so that nobody can tell where a number begins."""
    text = page.text
    row = start > 1 and text[start - 1] == " " and text[start - 2].isdigit() and text.find(" ", start, end) >= 0
    return row and page.notes.get("accepted") != start - 1


def spans(source: bytes, page: Shadow) -> Iterator[tuple[int, int]]:
    """Where a pattern matches, one after another."""
    return pattern(source).places(page.raw)


Judge = Callable[[Shadow, int, int], Span | None]
Windows = Sequence[tuple[int, int]]


def judged(
    regex: Pattern, page: Shadow, judge: Judge, *, whole: bool = False, windows: Windows | None = None
) -> Iterator[Span]:
    """What `judge` makes of each match, going on right behind that.

    A match may hold more than the number it begins with (the next number of a
    list, an expiry date), so what is left over is searched again. A refused
    match is left behind up to its first gap, or as a `whole`. With `windows`,
    in order, only matches count that begin within one.
    """
    data, match, anywhere = page.raw, regex.match, regex.anywhere
    start, position, size = -1, 0, len(data)
    for first, last in windows if windows is not None else ((0, size),):
        position = max(position, first)
        while position <= last:
            # What was found behind the last window may begin within this one.
            if start < position:
                start, end = match(anywhere, data, position, size)[0]
                if start < 0:
                    return
            if start > last:
                break
            if accepted := judge(page, start, end):
                if not whole:
                    page.notes["accepted"] = accepted.end
                yield accepted
                position = max(accepted.end, start + 1)
            else:
                gap = -1 if whole else data.find(b" ", start + 1, end)
                position = end if gap < 0 else gap
