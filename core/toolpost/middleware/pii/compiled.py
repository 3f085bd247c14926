"""RE2 patterns over bytes: linear time, and none of the objects that the package's own wrapper makes of each match."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

NOWHERE = (-1, -1)


class Pattern(NamedTuple):
    """A compiled pattern. What it is called with is a kind of anchor, a text, and where to begin and to end.

    Of all places that answer has those of the groups too; none of our
    patterns needs them.
    """

    match: Callable[[Any, bytes, int, int], list[tuple[int, int]]]
    anywhere: Any
    whole: Any

    def find(self, text: bytes, position: int = 0) -> tuple[int, int]:
        """The first place from a position on, or `NOWHERE`."""
        return self.match(self.anywhere, text, position, len(text))[0]

    def fits(self, text: bytes) -> bool:
        """Whether it matches the whole of a text."""
        return self.match(self.whole, text, 0, len(text))[0] != NOWHERE

    def places(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where it matches, one after another; no pattern here matches nothing at all."""
        match, anywhere, end, size = self.match, self.anywhere, 0, len(text)
        while (place := match(anywhere, text, end, size)[0]) != NOWHERE:
            yield place
            end = place[1]


def _compiled(source: bytes, **settings: Any) -> Pattern:
    # google-re2 takes some milliseconds to import, and a start does not need it.
    import re2

    options = re2.Options()
    for name, value in settings.items():
        setattr(options, name, value)
    # In a text full of numbers `finditer` takes longer than the automaton behind it, which it hides.
    automaton = re2.compile(source, options)._regexp
    anchor = type(automaton).Anchor
    return Pattern(automaton.Match, anchor.UNANCHORED, anchor.ANCHOR_BOTH)


@cache
def pattern(source: bytes) -> Pattern:
    """A pattern over shadow bytes: one byte is one character."""
    return _compiled(source, encoding=_latin())


@cache
def longest(source: bytes) -> Pattern:
    """As `pattern`, but of all that could match in a place the longest."""
    return _compiled(source, encoding=_latin(), longest_match=True)


@cache
def words(source: str) -> Pattern:
    """A pattern over UTF-8, for the words around a number; case does not matter."""
    return _compiled(source.encode(), case_sensitive=False)


def _latin() -> Any:
    import re2

    return re2.Options.Encoding.LATIN1
