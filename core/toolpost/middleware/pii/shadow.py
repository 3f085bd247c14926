"""The shadow of a text: what it looks like, in one byte per character.

Full-width digits, mathematical letters, exotic spaces and dashes become the
ASCII that they look like, and characters without a width disappear, so that a
pattern need only know ASCII. All other letters become one of two markers.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

Answer = TypeVar("Answer")

LETTER = "\xe0"  # a letter of a script that puts spaces between words
GLYPH = "\xc7"  # a letter of one that does not: it may adjoin an address without being part of it
OTHER = "\xa4"
BLOT = OTHER.encode("latin-1")

# A text without ASCII triggers needs a shadow only where one of these stands.
LOOK_ALIKE = "|".join(
    (
        r"[^\P{Nd}0-9]",
        r"[\x{ff0e}\x{ff20}-\x{ff3a}\x{ff41}-\x{ff5a}\x{fe52}\x{fe6b}\x{2024}]",
        r"[\x{1d400}-\x{1d7ff}\x{2460}-\x{24ff}\x{2070}-\x{209c}\x{20e3}\x{b2}\x{b3}\x{b9}]",
        r"[0-9A-Za-z@._+\-][\p{Cf}\x{fe00}-\x{fe0f}]",
        r"[0-9)A-Z][\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}\x{2010}-\x{2015}\x{2212}][0-9(A-Z]",
    )
)


@dataclass(frozen=True)
class Shadow:
    """A text as the patterns see it; `gone` are the places in it where characters disappeared.

    `notes` is for what rules find out about the whole page, once.
    """

    original: str
    text: str
    gone: tuple[int, ...] = ()
    notes: dict[object, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def raw(self) -> bytes:
        """The shadow as bytes, as many as it has characters."""
        return self.text.encode("latin-1")

    @cached_property
    def utf8(self) -> bytes:
        """The original text as bytes: words in any script."""
        return self.original.encode("utf-8", "replace")

    def without(self, places: Iterable[tuple[int, int, object]]) -> Shadow:
        """The same page with some places blotted out."""
        blotted = bytearray(self.raw)
        for start, end, _ in places:
            blotted[start:end] = BLOT * (end - start)
        return Shadow(self.original, blotted.decode("latin-1"), self.gone, self.notes)

    def once(self, function: Callable[..., Answer], *arguments: Hashable) -> Answer:
        """What a slow function answers; asked again on this page, the same: nothing found outlives the page."""
        key = (function, *arguments)
        if key not in self.notes:
            self.notes[key] = function(*arguments)
        answer: Answer = self.notes[key]
        return answer

    def in_characters(self, places: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
        """Where places in the bytes of the original text, in order, begin and end as characters."""
        found, data, done, count = list(places), self.utf8, 0, 0
        if len(data) == len(self.original):
            return [start for start, _ in found], [end for _, end in found]
        begins, ends = [], []
        for start, end in found:
            begins.append(count := count + len(data[done:start].decode()))
            ends.append(count := count + len(data[start:end].decode()))
            done = end
        return begins, ends

    def before(self, start: int, length: int) -> str:
        """The original text in front of a place: words in any script."""
        start = self._original(start) if self.gone else start
        return self.original[max(0, start - length) : start]

    def after(self, end: int, length: int) -> str:
        """The original text behind a place."""
        end = self._original(end - 1) + 1
        return self.original[end : end + length]

    def at(self, index: int) -> str:
        """The character at a place, empty beyond either end."""
        return self.text[index : index + 1] if index >= 0 else ""

    def in_original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original text."""
        return (self._original(start), self._original(end - 1) + 1) if self.gone else (start, end)

    def _original(self, place: int) -> int:
        return place + bisect_right(self.gone, place) if self.gone else place


def shadow(text: str) -> Shadow:
    """The shadow of a text; an ASCII text is its own."""
    if text.isascii():
        return Shadow(text, text)
    seen = text.translate(FACES)
    if len(seen) == len(text):
        return Shadow(text, seen)
    widthless = "".join(char for char in set(text) if FACES[ord(char)] is None)
    places = (match.start() for match in re.finditer(f"[{re.escape(widthless)}]", text))
    return Shadow(text, seen, tuple(place - before for before, place in enumerate(places)))


class Faces(dict[int, "str | None"]):
    """What each character looks like, learned as characters come; None has no width."""

    def __missing__(self, code: int) -> str | None:
        looks = chr(code) if code < 128 else face(chr(code))
        if code < 0x10000:
            self[code] = looks
        return looks


FACES = Faces()


def face(char: str) -> str | None:
    """The character of the shadow for one that is not ASCII."""
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f" or char == "\u20e3":
        return None
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    if category == "Pd" or char == "\u2212":
        return "-"
    if char in "\x85\u2028\u2029":
        return "\n"
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain.isascii():
        return plain
    return _letter(char) if category[0] in "LM" else OTHER


def _letter(char: str) -> str:
    spaced = char < "\u0e00" or "\u10a0" <= char <= "\u10ff" or "\u1e00" <= char <= "\u1fff"
    return LETTER if spaced else GLYPH
