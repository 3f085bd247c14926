"""Words in front of a number that say what kind of number it is."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from toolpost.middleware.pii.compiled import words
from toolpost.middleware.pii.rule import Windows, follows
from toolpost.middleware.pii.shadow import Shadow

# What a pattern for a number takes of the characters in front of it.
EDGE = 2
LAST = re.compile(r"\\b(?=[|)]|\Z)")


@dataclass(frozen=True, eq=False)
class Phrase:
    """Words, and what may stand between them and a number: RE2 patterns over the original text, whatever the case.

    A number is spoken of where both together end right in front of it, within
    `reach` characters.
    """

    words: str
    between: str
    reach: int

    def precedes(self, page: Shadow, start: int) -> bool:
        """Whether a number that begins here is spoken of."""
        return self.is_near(page, start) and follows(self._both, page.before(start, self.reach))

    def is_near(self, page: Shadow, start: int) -> bool:
        """Whether any of the words may stand within reach: most numbers have none, and need no closer look."""
        begins, ends = self._places(page)
        if not begins:
            return False
        place = page.in_original(start, start + 1)[0]
        last = bisect_left(begins, place) - 1
        return last >= 0 and ends[last] > place - self.reach

    def windows(self, page: Shadow) -> Windows:
        """Where numbers may begin that are spoken of; in the places of the page, in order."""
        begins, ends = self._places(page)
        if page.gone and begins:
            return [(0, len(page.text))]
        return [(max(0, begin - EDGE), end + self.reach) for begin, end in zip(begins, ends, strict=True)]

    def _places(self, page: Shadow) -> tuple[list[int], list[int]]:
        """Where the words begin and end in the original; found once for a page."""
        if self not in page.notes:
            page.notes[self] = page.in_characters(words(self._begun).places(page.utf8))
        found: tuple[list[int], list[int]] = page.notes[self]
        return found

    @cached_property
    def _both(self) -> str:
        return f"(?:{self.words}){self.between}"

    @cached_property
    def _begun(self) -> str:
        # The number itself may end a word: DOB12.3.1985.
        return LAST.sub("", self.words)
