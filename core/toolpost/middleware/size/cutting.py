"""Cutting texts so that nothing breaks which belongs together."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from toolpost.middleware.size.measure import BLOCK, PART, PIECE, text_of, wire_bytes
from toolpost.tools.content import Block, text

JOINERS = "\u200d\ufe0e\ufe0f"


class Cut(NamedTuple):
    """Blocks that fit, the characters that they show of all texts, and where in the joined texts they end."""

    content: tuple[Block, ...]
    shown: int
    end: int


def cut(content: Sequence[Block], room: int) -> Cut:
    """As much of the texts as there is room for, from their beginning; all that is no text stays."""
    fitting: list[Block] = []
    shown = end = 0
    is_full = False
    for block in content:
        words = text_of(block)
        if words is None:
            fitting.append(block)
        elif not is_full:
            stop = prefix(words, room - BLOCK)
            is_full = stop < len(words) or room < BLOCK
            fitting += [block] if not is_full else [text(words[:stop])] * bool(stop)
            room -= wire_bytes(words[:stop]) + BLOCK
            shown += stop
            end += stop + (not is_full)
    return Cut(tuple(fitting), shown, end)


def joined(content: Sequence[Block]) -> str:
    """All texts as one."""
    return "\n".join(words for block in content if (words := text_of(block)) is not None)


def prefix(words: str, room: int) -> int:
    """How many characters of a text take at most so many bytes, cut where it does least harm."""
    for at in range(0, len(words), PIECE):
        piece = words[at : at + PIECE]
        if (size := wire_bytes(piece)) > room:
            fits = bisect_right(range(len(piece)), max(room, 0), key=lambda end: wire_bytes(piece[:end])) - 1
            return seam(words, 0, at + max(fits, 0))
        room -= size
    return len(words)


def parts(words: str, longest: int = PART) -> list[str]:
    """A text in parts of at most so many characters: the same ones each time."""
    return list(_parts(words, longest))


def seam(words: str, start: int, end: int) -> int:
    """Where to cut before `end`: after a line, a word or a value, if one ends near, else within no character.

    A number or an address that is cut in two is neither read nor masked.
    """
    if end >= len(words):
        return len(words)
    near = end - min(end - start, PART) // 8
    for mark in ("\n", " ", ","):
        if (found := words.rfind(mark, near, end)) >= near:
            return found + 1
    while end > near and _joins(words, end):
        end -= 1
    return end


def _parts(words: str, longest: int) -> Iterator[str]:
    start = 0
    while start < len(words):
        end = seam(words, start, start + longest)
        yield words[start:end]
        start = end


def _joins(words: str, at: int) -> bool:
    """Whether what stands before and after a place is one character to the eye."""
    return words[at] in JOINERS or words[at - 1] == "\u200d" or unicodedata.combining(words[at]) != 0
