"""Where a text may be cut, so that nothing personal is divided: what masks the pieces sees each by itself."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

from toolpost.middleware.size.finds import Finds, Spans
from toolpost.middleware.size.measure import PART

JOINERS = "\u200d\ufe0e\ufe0f"
# The ends of lines, of sentences and of plain words, which seldom stand within a value, and what may.
MARKS = tuple(map(re.compile, (r"\n", r"[^\W\d_][.!?;] ", r"(?<![^\W\d_])[^\W\d_]+ (?=[^\W\d_]+[ ,.;!?])", r"[ ,]")))


class Whole:
    """A text that is to be cut, and all that is found in it while it is whole."""

    def __init__(self, words: str, finds: Finds | None = None) -> None:
        self.words, self._finds = words, finds

    def seam(self, start: int, end: int) -> int:
        """Where to cut before `end`; behind it where something begins at `start` that does not end before."""
        if end >= len(self.words):
            return len(self.words)
        at = seam(self.words, start, end)
        number = bisect_left(self._ends, at + 1)
        if number == len(self._found) or self._found[number][0] >= at:
            return at
        first, last, _ = self._found[number]
        return first if first > start else last

    def piece(self, start: int, end: int, longest: int) -> str:
        """What is sent of it: what does not show what it is by itself, or is too long, is masked already."""
        text = self.words[start:end]
        inside = self._found[bisect_right(self._ends, start) : bisect_right(self._ends, end)]
        if not inside or self._finds is None:
            return text
        seen = [] if len(text) > longest else self._finds.spans(text)
        return "".join(_masked(text, [(a - start, b - start, name) for a, b, name in inside], seen))

    @cached_property
    def _found(self) -> Spans:
        # What a number is may be said anywhere in a text, so all of it is looked at.
        return self._finds.spans(self.words) if self._finds else []

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end, _ in self._found]


def seam(words: str, start: int, end: int) -> int:
    """Where to cut before `end`: after a line, a sentence or a word, if one ends near, else within no character."""
    near = end - min(end - start, PART) // 8
    for mark in MARKS:
        last = 0
        for match in mark.finditer(words, near, end):
            last = match.end()
        if last:
            return last
    while end > near and _joins(words, end):
        end -= 1
    return end


def _masked(text: str, found: Spans, seen: Spans) -> Iterator[str]:
    """The text with a mark for each of those found that is not wholly seen again."""
    done = number = 0
    for start, end, name in found:
        while number < len(seen) and seen[number][1] < end:
            number += 1
        if number == len(seen) or seen[number][0] > start:
            yield text[done:start]
            yield f"[{name}]"
            done = end
    yield text[done:]


def _joins(words: str, at: int) -> bool:
    """Whether what stands before and after a place is one character to the eye."""
    return words[at] in JOINERS or words[at - 1] == "\u200d" or unicodedata.combining(words[at]) != 0
