"""A rule finds one class of text that speaks to a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any


class Rule:
    """How one class is recognised, in RE2 and whatever the case.

    `anchor` is cheap and matches in every text in which one of `patterns`
    could. What may be `quoted` does not count in a citation, where a text
    speaks about such instructions.
    """

    def __init__(self, flag: str, anchor: str, patterns: Sequence[str], *, quoted: bool = True) -> None:
        self.flag, self.anchor, self.patterns, self.quoted = flag, anchor, patterns, quoted

    def found(self, data: bytes) -> bool:
        """Whether a text, as UTF-8, is of this class."""
        return any(not (self.quoted and is_quoted(data, start)) for start in self._places(data))

    def _places(self, data: bytes) -> Iterator[int]:
        for pattern in self._compiled:
            for match in pattern.finditer(data):
                yield match.start()

    @cached_property
    def _compiled(self) -> list[Any]:
        return [compiled(pattern) for pattern in self.patterns]


def compiled(pattern: str) -> Any:
    """A compiled RE2 pattern over UTF-8; time is linear."""
    # google-re2 takes some milliseconds to import, and a start does not need it.
    import re2

    return re2.compile(f"(?is){pattern}".encode(), options())


def options() -> Any:
    """Memory enough for the automata of long alternatives."""
    import re2

    made = re2.Options()
    made.max_mem = 64 << 20
    made.log_errors = False
    return made


# Between these a text is cited. An apostrophe is none, since it also stands inside words.
QUOTES = tuple(pair.encode() for pair in ('""', "``", "“”", "„“", "«»", "「」", "『』"))
CITATION = 80


def is_quoted(data: bytes, start: int) -> bool:
    """Whether a place stands in a short citation, after a word: the texts of JSON come after a colon or a comma."""
    before, rest = data[max(0, start - CITATION) : start], data[start : start + CITATION]
    return any(_cited(before, rest, *_halves(pair)) for pair in QUOTES)


def _halves(pair: bytes) -> tuple[bytes, bytes]:
    return pair[: len(pair) // 2], pair[len(pair) // 2 :]


def _cited(before: bytes, rest: bytes, opening: bytes, closing: bytes) -> bool:
    said, found, begun = before.rpartition(opening)
    if not found or b"\n" in begun or len(begun) > CITATION // 4:
        return False
    inside, closed, _ = rest.partition(closing)
    return bool(closed) and b"\n" not in inside and said[-1:] == b" " and said[-2:-1].isalpha()
