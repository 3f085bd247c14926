"""Cutting texts so that nothing breaks which belongs together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from toolpost.middleware.size.finds import Finds
from toolpost.middleware.size.measure import BLOCK, PART, PIECE, text_of, wire_bytes
from toolpost.middleware.size.seams import Whole
from toolpost.tools.content import Block, text


class Cut(NamedTuple):
    """Blocks that fit, the characters that they show of all texts, and where in the joined texts they end."""

    content: tuple[Block, ...]
    shown: int
    end: int


class Part(NamedTuple):
    """A part of a text, and where in the text it ends."""

    text: str
    end: int


def cut(content: Sequence[Block], room: int, finds: Finds | None = None) -> Cut:
    """As much of the texts as there is room for, from their beginning; all that is no text stays."""
    fitting: list[Block] = []
    shown = end = 0
    is_full = False
    for block in content:
        words = text_of(block)
        if words is None:
            fitting.append(block)
        elif not is_full:
            piece, stop = prefix(words, room - BLOCK, finds)
            is_full = stop < len(words) or room < BLOCK
            fitting += [block] if not is_full else [text(piece)] * bool(piece)
            room -= wire_bytes(piece) + BLOCK
            shown += stop
            end += stop + (not is_full)
    return Cut(tuple(fitting), shown, end)


def joined(content: Sequence[Block]) -> str:
    """All texts as one."""
    return "\n".join(words for block in content if (words := text_of(block)) is not None)


def prefix(words: str, room: int, finds: Finds | None = None) -> Part:
    """What of a text takes at most so many bytes, cut where it does least harm."""
    end = _fits(words, room)
    if end == len(words):
        return Part(words, end)
    whole = Whole(words, finds)
    stop = whole.seam(0, end)
    # What is too long to be shown is left for the parts.
    return Part(whole.piece(0, stop, stop), stop) if stop <= end else Part("", 0)


def parts(words: str, longest: int = PART, finds: Finds | None = None) -> list[Part]:
    """A text in parts of at most so many characters."""
    return list(_parts(Whole(words, finds), longest))


def _parts(whole: Whole, longest: int) -> Iterator[Part]:
    start = 0
    while start < len(whole.words):
        end = whole.seam(start, start + longest)
        yield Part(whole.piece(start, end, longest), end)
        start = end


def _fits(words: str, room: int) -> int:
    """How many characters of a text take at most so many bytes."""
    for at in range(0, len(words), PIECE):
        piece = words[at : at + PIECE]
        if (size := wire_bytes(piece)) > room:
            return at + max(
                bisect_right(range(len(piece)), max(room, 0), key=lambda end: wire_bytes(piece[:end])) - 1, 0
            )
        room -= size
    return len(words)
