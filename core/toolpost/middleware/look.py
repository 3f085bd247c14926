"""One pass over a text for all layers that look for something in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

# What looks for the patterns that it was made for: the indices of those that are somewhere in a text.
Sight = Callable[[str], Sequence[int]]
Match = Callable[[bytes], list[int] | None]
OWN = -1


class Looks(Protocol):
    """A plugin whose layer passes over all texts, and looks for the patterns of others as it does."""

    def look_also(self, patterns: Sequence[str]) -> Sight:
        """What looks for these RE2 patterns too."""
        ...


class Look:
    """An automaton for the patterns of several layers; its own are asked for at the first text.

    Its time does not depend on how many they are. Where layers that stand
    beside each other look at the same text, the second has its answer at once.
    """

    def __init__(self, patterns: Callable[[], Iterable[str]]) -> None:
        self._own = patterns
        self._others: list[str] = []
        self._places: dict[tuple[str, ...], int] = {}
        # What finds all patterns, and the place of the first of its own: after those of the others.
        self._automaton: tuple[Match, int] | None = None
        # A text that was seen, until it is seen again: by whom, with which automaton, and what was found.
        self._seen: tuple[str, int, object, Sequence[int]] | None = None

    def also(self, patterns: Sequence[str]) -> Sight:
        """What looks for these patterns; the same ones are looked for once."""
        first = self._places.setdefault(tuple(patterns), len(self._others))
        if first == len(self._others):
            self._others += patterns
            self._automaton = None
        return partial(self._within, first, first + len(patterns))

    def sight(self, text: str) -> Sequence[int]:
        """The indices of its own patterns that are somewhere in a text."""
        found, first = self._all(text, OWN)
        return [index - first for index in found if index >= first] if found else found

    def bytes(self, utf8: bytes) -> Sequence[int]:
        """The same for UTF-8, whoever has seen it."""
        match, first = self._ready()
        return [index - first for index in match(utf8) or () if index >= first]

    def _within(self, first: int, end: int, text: str) -> Sequence[int]:
        found, _ = self._all(text, first)
        return [index - first for index in found if first <= index < end] if found else found

    def _all(self, text: str, asked_by: int) -> tuple[Sequence[int], int]:
        automaton = self._automaton or self._ready()
        seen = self._seen
        if seen is not None and seen[0] is text and seen[1] != asked_by and seen[2] is automaton:
            self._seen = None
            return seen[3], automaton[1]
        found = automaton[0](text.encode("utf-8", "surrogatepass")) or ()
        if self._others:
            self._seen = text, asked_by, automaton, found
        return found, automaton[1]

    def _ready(self) -> tuple[Match, int]:
        automaton = self._automaton
        if automaton is None:
            others = [*self._others]
            automaton = self._automaton = compiled([*others, *self._own()]), len(others)
        return automaton


def compiled(patterns: Iterable[str]) -> Match:
    """What finds all of these RE2 patterns in one pass over UTF-8."""
    # google-re2 takes some milliseconds to import, and a start does not need it.
    import re2

    options = re2.Options()
    # Enough for the automata of long alternatives.
    options.max_mem = 64 << 20
    options.log_errors = False
    automaton: Any = re2.Set.SearchSet(options)
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    match: Match = automaton.Match
    return match
