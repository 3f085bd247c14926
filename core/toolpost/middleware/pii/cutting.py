"""Where a text that comes in pieces may be cut: nowhere within something personal.

A cut is safe after a line, between two strings of JSON, and within a run of
plain words or of Chinese, Japanese or Korean letters: no value reaches across
those, but for numbers that go on in the next line. What stands before a cut is
kept for a while, since it says what a number after it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from toolpost.middleware.pii.rule import Span

# Characters in front of a cut that are still looked at.
BEFORE = 256
# Characters behind a number that say what it is, and that a number may be broken at over two lines.
AFTER = 24
BREAK = 12
# Characters that are held where a line goes on without plain words, and where something has begun that is long.
DENSE = 512
LONGEST = 16_384
# What is shorter is looked at with every new word.
SHORT = 64
# What may still follow of a value that has begun, where there is no better place for a cut.
MARGIN = 192
# A quoted name or password may hold plain words.
QUOTED = 128

SMALL = "a-zß-öø-ÿĀ-ɏά-ϿЀ-ԯא-תؠ-يऄ-हᄀ-ᇿ가-힣"
SAID = "at|dot|arobase|arroba|chiocciola|malpa|punkt|punto|point|ponto|kropka|dash|minus|underscore|plus"
WORD = rf"(?!(?i:{SAID})[\s,.;!?])(?:[A-ZÀ-ÖØ-ÞΆ-Ϋ]?[{SMALL}]{{1,24}}(?:['’][a-z]{{1,3}})?|[IA])[,.;!?]?"
WORDS = rf"(?<!\S)(?:{WORD} ){{2}}(?={WORD} {WORD}[ \n])"
PLAIN = re.compile(f"{WORD} ")
# Plain words in a cut, and those that must follow it.
IN_CUT, BEHIND_CUT = 2, 2
EAST = "\u3001\u3002\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff0c\uff01\uff1f"
CUT = re.compile(rf'\n|,[ ]?(?="[^@"\n])|{WORDS}|[{EAST}]{{18}}(?=[{EAST}]{{18}})')
OPEN = re.compile(r"[\"`]|(?<![^\W\d_])'")
# In scripts without spaces, whatever follows one of these may be one value.
OPEN_EAST = re.compile(r"[\"`'=:\uff1a\uff1d]|密|口令|暗号|パスワード|비밀")
DIGIT = re.compile(r"\d")
GROUP = re.compile(r"\d|[A-Z]{2}")
# The values of a whole document are secret after this line.
SEALED = re.compile(r"(?i)(?:^|\n)[ \t]*kind:[ \t]*[\"']?secret[\"']?[ \t]*\r?\n")
ARMOUR = re.compile(r"-----BEGIN (?:[0-9A-Z ]{0,60}\Z|[0-9A-Z ]{0,40}PRIVATE KEY)")
END = re.compile(r"-----END [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
GAP = re.compile(r"[\s,;|]")

Find = Callable[[str], list[Span]]


class Piece(NamedTuple):
    """A part of a text with what stands around it."""

    before: str
    text: str
    after: str


class Cutter:
    """Takes a text in pieces of any size, and gives it in pieces that can be judged by themselves.

    Linear in the text, and holds no more than some `LONGEST` characters of it.
    """

    def __init__(self, find: Find, *, lines: bool = False) -> None:
        self._find, self._lines = find, lines
        self._before = self._held = self._sealed = ""
        self._new: list[str] = []
        self._length = self._wake = 0

    def feed(self, text: str) -> Iterator[Piece]:
        """What can be judged now."""
        self._new.append(text)
        self._length += len(text)
        # Within a word nothing is decided.
        if self._length < self._wake or (self._length < DENSE and text.isascii() and text.isalnum()):
            return
        self._held += "".join(self._new)
        self._new.clear()
        while cut := safe_cut(self._before, self._held, self._find, lines=self._lines):
            yield self._cut(cut)
        # Looking again at each new character would take quadratic time.
        self._length = len(self._held)
        self._wake = min(self._length + self._length // 4 + 8, LONGEST + 1) if self._length > SHORT else 0

    def end(self) -> Piece:
        """The rest."""
        self._held += "".join(self._new)
        self._new.clear()
        return self._cut(len(self._held))

    def _cut(self, at: int) -> Piece:
        piece = Piece(self._before, self._held[:at], self._held[at:])
        self._before = (self._before[-BEFORE:] + piece.text)[-BEFORE:]
        self._held = piece.after
        return piece


def safe_cut(before: str, held: str, find: Find, *, lines: bool = False) -> int:
    """The last place for a cut in what is held; 0 where there is none yet. `lines`: only after lines."""
    unfinished = _armour(held)
    candidates = [at for at in _candidates(held, lines) if at <= unfinished]
    if not candidates and len(held) <= DENSE:
        return 0
    found = [span for span in find(before + held) if span.end > len(before)]
    inside = [(start - len(before), end - len(before)) for start, end, _ in found]
    for at in candidates:
        if not any(start < at < end or start < at <= end == len(held) for start, end in inside):
            return at
    return _forced(held, inside, unfinished)


def _candidates(held: str, lines: bool) -> list[int]:
    """Safe places, the last first; most often one near the end will do."""
    if lines:
        at = held.rfind("\n") + 1
        return [at] if at else []
    if len(held) <= BEFORE and (plain := _in_plain_words(held)) is not None:
        return plain
    found: list[int] = []
    for tail in (BEFORE, len(held)):
        matches = CUT.finditer(held, max(0, len(held) - tail))
        found = [match.end() for match in matches if _is_safe(held, match)]
        if found or tail == len(held):
            break
    return found[::-1]


def _in_plain_words(held: str) -> list[int] | None:
    """What `CUT` finds where all is plain words but the last, which goes on; None where something else is there.

    Most answers are, word by word, and a pattern takes five times as long.
    """
    *words, last = held.split(" ")
    if not last.isascii() or "\n" in last or '"' in last or not all(map(_is_plain, words)):
        return None
    ends = list(accumulate(len(word) + 1 for word in words))
    return ends[IN_CUT - 1 : len(ends) - BEHIND_CUT : IN_CUT][::-1]


@lru_cache(maxsize=4096)
def _is_plain(word: str) -> bool:
    return PLAIN.fullmatch(f"{word} ") is not None


def _is_safe(held: str, match: re.Match[str]) -> bool:
    at, kind = match.end(), match[0][0]
    if len(held) - at < AFTER and DIGIT.search(held, max(0, at - AFTER), at):
        return False
    if kind == "\n":
        return _ends_value(held, at)
    return kind == "," or _outside_quotes(held, match)


def _ends_value(held: str, at: int) -> bool:
    """Whether what stands before the end of a line cannot go on behind it."""
    return not (DIGIT.search(held, max(0, at - BREAK), at) and GROUP.search(held, at, at + BREAK))


def _outside_quotes(held: str, match: re.Match[str]) -> bool:
    line = held.rfind("\n", 0, match.end()) + 1
    opening = OPEN if match[0][-1] == " " else OPEN_EAST
    return opening.search(held, max(line, match.end() - QUOTED), match.end()) is None


def _armour(held: str) -> int:
    """Where a private key begins whose end has not come, the length of the text where there is none."""
    at = held.rfind("-----BEGIN ")
    if at < 0 or ARMOUR.match(held, at) is None or END.search(held, at):
        return len(held)
    return at


def _forced(held: str, inside: list[tuple[int, int]], unfinished: int) -> int:
    """A place for a cut where none is safe and no more can be held; 0 while more can be held."""
    if len(held) <= DENSE:
        return 0
    most = min(len(held) - MARGIN, unfinished)
    gaps = [match.end() for match in GAP.finditer(held, max(0, most - DENSE), max(0, most))]
    for at in reversed(gaps):
        if not any(start < at <= end for start, end in inside):
            return at
    return len(held) - MARGIN if len(held) > LONGEST else 0
