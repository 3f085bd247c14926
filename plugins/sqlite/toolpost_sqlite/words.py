"""The first words of a statement, past what is only a comment."""

from __future__ import annotations

import re

BETWEEN = re.compile(r"(?:[\s\ufeff]|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))+", re.DOTALL)
WORD = re.compile(r"\w+")


def first_words(sql: str, count: int = 1) -> str:
    """So many words in capitals, fewer where something else stands."""
    found: list[str] = []
    at = _past(sql, 0)
    while len(found) < count and (word := WORD.match(sql, at)):
        found.append(word[0].upper())
        at = _past(sql, word.end())
    return " ".join(found)


def _past(sql: str, at: int) -> int:
    between = BETWEEN.match(sql, at)
    return between.end() if between else at
