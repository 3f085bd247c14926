"""The masking of one text: what is found is replaced, until nothing more is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from toolpost.middleware.pii.actions import Actions, replacement
from toolpost.middleware.pii.finding import Finder
from toolpost.middleware.pii.placeholders import Placeholders
from toolpost.middleware.pii.rule import Span

ROUNDS = 8


@dataclass(frozen=True)
class Masking:
    """How texts that go in one direction are masked during one call; `own` are the caller's own values."""

    finder: Finder
    actions: Actions
    key: bytes
    placeholders: Placeholders = field(default_factory=Placeholders)
    own: bool = False

    def text(self, text: str, before: str = "", after: str = "") -> tuple[str, Counter[str]]:
        """The text with everything personal replaced, and how often each type was found.

        `before` and `after` are what stands around it: they are looked at, and left as they are.
        """
        counts: Counter[str] = Counter()
        found = self._within(self.finder.find(before + text + after), len(before), len(text))
        for _ in range(ROUNDS):
            if not found:
                break
            counts.update(span.type for span in found)
            text, marks = self._replaced(text, found)
            # What was dropped or cut short may leave something personal behind: its halves now meet.
            again = self._within(self.finder.patterns(before + text + after), len(before), len(text))
            found = _touching(again, marks)
        return text, counts

    def _within(self, found: Iterable[Span], offset: int, length: int) -> list[Span]:
        """Those in the text itself that something is to be done about, by their places in it."""
        return [
            Span(max(0, start - offset), min(end - offset, length), type_)
            for start, end, type_ in found
            if end > offset and start < offset + length and self.actions[type_] != "pass"
        ]

    def _replaced(self, text: str, found: Iterable[Span]) -> tuple[str, list[tuple[int, int]]]:
        """The text with marks in the places of what was found, and where those stand."""
        pieces: list[str] = []
        marks: list[tuple[int, int]] = []
        done = at = 0
        for start, end, type_ in found:
            mark = self._instead(type_, text[start:end])
            at += start - done
            marks.append((at, at + len(mark)))
            pieces += [text[done:start], mark]
            done, at = end, at + len(mark)
        return "".join([*pieces, text[done:]]), marks

    def _instead(self, type_: str, value: str) -> str:
        if self.actions[type_] == "placeholder":
            return self.placeholders.mark(type_, value, own=self.own)
        return replacement(self.actions[type_], type_, value, self.key)


def _touching(found: list[Span], marks: list[tuple[int, int]]) -> list[Span]:
    """Those that meet a mark; both in order. Others were looked at before, and a mark makes no other words personal."""
    kept, number = [], 0
    for span in found:
        while number < len(marks) and marks[number][1] < span.start:
            number += 1
        if number < len(marks) and marks[number][0] <= span.end:
            kept.append(span)
    return kept
