"""One pass over a text for all layers that look for something in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

# What looks for the patterns that it was made for: the indices of those that are somewhere in a text.
Sight = Callable[[str], Sequence[int]]


class Looks(Protocol):
    """A plugin whose layer passes over all texts, and looks for the patterns of others as it does."""

    def look_also(self, patterns: Sequence[str]) -> Sight:
        """What looks for these RE2 patterns too."""
        ...


class Look:
    """An automaton for the patterns of several layers.

    Its time does not depend on how many they are. Where layers that stand
    beside each other look at the same text, the second has its answer at once.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [*patterns]
        self._others: dict[tuple[str, ...], int] = {}
        self._match: Callable[[bytes], list[int] | None] | None = None
        # A text that was seen, until it is seen again: by whom, with which automaton, and what was found.
        self._seen: tuple[str, int, object, Sequence[int]] | None = None
        self.sight: Sight = partial(self._within, 0, len(self._patterns))

    def also(self, patterns: Sequence[str]) -> Sight:
        """What looks for these patterns; the same ones are looked for once."""
        first = self._others.setdefault(tuple(patterns), len(self._patterns))
        if first == len(self._patterns):
            self._patterns += patterns
            self._match = None
        return partial(self._within, first, first + len(patterns))

    def bytes(self, utf8: bytes) -> Sequence[int]:
        """The indices of all patterns that are somewhere in UTF-8."""
        match = self._match
        if match is None:
            match = self._match = compiled(self._patterns)
        return match(utf8) or ()

    def _within(self, first: int, end: int, text: str) -> Sequence[int]:
        found = self._all(text, first)
        return [index - first for index in found if first <= index < end] if found else found

    def _all(self, text: str, asked_by: int) -> Sequence[int]:
        seen = self._seen
        if seen is not None and seen[0] is text and seen[1] != asked_by and seen[2] is self._match:
            self._seen = None
            return seen[3]
        found = self.bytes(text.encode("utf-8", "surrogatepass"))
        if self._others:
            self._seen = text, asked_by, self._match, found
        return found


def compiled(patterns: Iterable[str]) -> Callable[[bytes], list[int] | None]:
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
    match: Callable[[bytes], list[int] | None] = automaton.Match
    return match
