"""Telephone numbers, international and in the national formats of chosen regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from toolpost.middleware.pii.compiled import longest, pattern
from toolpost.middleware.pii.rule import Rule, Span, in_a_row, judged
from toolpost.middleware.pii.rules.numbering import is_international, plan, shapes, union
from toolpost.middleware.pii.rules.words import DATE, NUMBERED, PHONES, SAID
from toolpost.middleware.pii.shadow import Shadow

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "BR", "AU", "CN", "JP")

EDGE = rb"(?:^|[^0-9A-Za-z_.+/\-\xe0#$=&%@]|[^0-9A-Za-z_]-|[a-z]=)"
GAP = r"[ .\-]{1,2}"
BETWEEN = rb"[ .()/\-]{0,3}"
EXTENSION = rb"(?:(?:,? {0,2}(?:x|(?i:ext)\.?|(?i:extension|durchwahl|poste|ramal|anexo)|#):? ?|;ext=)[0-9]{1,6})?"
ABROAD = rb"(?:\(?\+ ?\(?|\(?00 ?|\(?011[ \-])[1-9](?:" + BETWEEN + rb"[0-9]){6,16}" + EXTENSION
NORTH_AMERICAN = (
    EDGE
    + rb"(?:\+?1[ .\-/]?)?(?:\([2-9][0-9]{2}\) {0,2}[\-.]? ?|[2-9][0-9]{2}[ .\-/])[0-9]{3}[ .\-][0-9]{4}"
    + EXTENSION
)
TRUNK = EDGE + rb"\(?0 ?[1-9](?:" + BETWEEN + rb"[0-9]){5,12}" + EXTENSION
CALLED = EDGE + rb"\(?[0-9](?:" + BETWEEN + rb"[0-9]){6,14}" + EXTENSION
# Behind a stroke, a 0 begins the next number.
ANOTHER = re.compile(r"[ )]?/ ?0")
# Days, rows or lessons, one after another.
COUNTED = tuple("".join(f"{day:02}" for day in range(first, first + 5)) for first in range(1, 7))
COUNTING = frozenset(row[:length] for row in COUNTED for length in (8, 10))
DIGITS = bytes.maketrans(b"0123456789", b"9" * 10)
GROUP = re.compile(r"[0-9]+")
GOES_ON = re.compile(r"[0-9A-Za-z_%]|[-./,:][0-9]")


@dataclass(frozen=True)
class Phones:
    """Finds numbers of all countries with a +, and of some regions without."""

    regions: tuple[str, ...] = REGIONS

    def abroad(self, page: Shadow) -> Iterator[Span]:
        """Numbers that begin with + or 00 and a country calling code."""
        return judged(pattern(ABROAD), page, _abroad)

    def north_american(self, page: Shadow) -> Iterator[Span]:
        """(415) 555-0132 and its kin, assigned or not: nothing else is written like that."""
        if {"US", "CA"}.intersection(self.regions):
            yield from judged(pattern(NORTH_AMERICAN), page, _north_american)

    def national(self, page: Shadow) -> Iterator[Span]:
        """Numbers as they are written within a region."""
        yield from judged(pattern(TRUNK), page, self._with_trunk)
        yield from judged(longest(grouped(self.regions)), page, self._without_trunk)

    def called(self, page: Shadow) -> Iterator[Span]:
        """Numbers that the text calls telephone numbers, whatever they look like."""
        # What a word calls a number begins right behind it: there is none in the middle of other digits.
        return judged(pattern(CALLED), page, _called, whole=True, windows=SAID.windows(page))

    def _with_trunk(self, page: Shadow, start: int, end: int) -> Span | None:
        start = _first_digit(page, start)
        if page.at(start - 1) == ":" and page.at(start - 2).isdigit():
            return None
        if another := ANOTHER.search(page.text, start, end):
            end = another.start()
        for stop in _stops(page, start, end):
            if page.once(has_trunk, page.text[start:stop], self.regions) and not in_a_row(page, start, stop):
                return None if NUMBERED.precedes(page, start) else _within_brackets(page, start, stop)
        return None

    def _without_trunk(self, page: Shadow, start: int, end: int) -> Span | None:
        start = _first_digit(page, start)
        # Most numbers are refused here, by no more than the sizes of their groups.
        for length, is_whole in divisions(page.raw[start:end].translate(DIGITS), self.regions):
            stop = start + length
            if is_whole and _goes_on(page, end):
                continue
            if page.once(has_no_trunk, page.text[start:stop], self.regions) and not in_a_row(page, start, stop):
                found = _within_brackets(page, start, end if is_whole else stop)
                return None if NUMBERED.precedes(page, start) else found
        return None

    def rules(self) -> tuple[Rule, ...]:
        """The ways in which a number shows itself."""
        types, between = frozenset({"PHONE"}), r"[ .()/\-]{0,3}"
        return (
            Rule(types, rf"(?:\+ ?\(?|00 ?|011[ \-])[1-9](?:{between}[0-9]){{6}}", self.abroad),
            Rule(types, r"[2-9][0-9]{2}(?:\) {0,2}[\-.]? ?|[ .\-/])[0-9]{3}[ .\-][0-9]{4}", self.north_american),
            Rule(
                types,
                rf"0 ?[1-9](?:{between}[0-9]){{5}}|[1-9][0-9]{{1,4}}\)?[ .\-]{{1,2}}[0-9]{{2,5}}[ .\-]?[0-9]{{2,5}}",
                self.national,
                last=True,
            ),
            Rule(types, rf"(?i){PHONES}", self.called, last=True),
        )


@cache
def grouped(regions: tuple[str, ...]) -> bytes:
    """A pattern for all that is grouped as numbers of these regions are, when they have no trunk prefix."""
    written = {
        (
            rf"\(?[1-9][0-9]{{{first - 1}}}(?:\)[ .\-]{{0,2}}|{GAP})" + GAP.join(f"[0-9]{{{size}}}" for size in rest)
        ).encode()
        for first, *rest in shapes(regions)
        if rest and first > 1 and first + sum(rest) > 8
    }
    return EDGE + rb"(?:" + b"|".join(sorted(written) or [rb"[^\x00-\xff]"]) + rb")" + EXTENSION


@lru_cache(4096)
def divisions(shape: bytes, regions: tuple[str, ...]) -> tuple[tuple[int, bool], ...]:
    """The lengths, longest first, in which what is written so may be a number, and whether that is all of it."""
    groups = [match.span() for match in GROUP.finditer(shape.decode("latin-1"))]
    sizes, possible = tuple(stop - begin for begin, stop in groups), shapes(regions)
    counts = (count for count in range(len(sizes), 1, -1) if sizes[:count] in possible)
    return tuple((groups[count - 1][1], count == len(sizes)) for count in counts)


def has_trunk(found: str, regions: tuple[str, ...]) -> bool:
    """Whether a number that begins with 0 is dialled like this within one of these regions."""
    groups = _groups(found)
    digits, number = "".join(groups), "".join(groups)[1:].encode()
    if not 7 <= len(digits) <= 13 or DATE.fullmatch(found) or digits in COUNTING:
        return False
    # What begins with 0 and has as many digits as these is seldom anything else.
    certain = len(groups) > 1 or len(digits) in (10, 11)
    if union(regions, "valid" if certain else "mobile", trunk=True).fits(number):
        return True
    # Italy has no trunk prefix: the 0 of a fixed line belongs to the number.
    fixed = len(groups) > 1 and "IT" in regions
    return fixed and union(("IT",), "valid", trunk=False).fits(digits.encode())


def has_no_trunk(found: str, regions: tuple[str, ...]) -> bool:
    """Whether a number without a 0 in front is grouped and dialled like this within one of these regions."""
    found = found[1:] if found[0] == "(" and ")" not in found else found
    groups = _groups(found)
    digits, sizes = "".join(groups), tuple(map(len, groups))
    # 612 345 678 is more often an amount than a number in Madrid, 987-65-4321 no number at all.
    if not 9 <= len(digits) <= 15 or sizes == (3, 2, 4) or DATE.fullmatch(found):
        return False
    if (found[0] != "(" and set(sizes) == {3}) or found.count("(") != found.count(")"):
        return False
    written = "valid" if "(" in found or "-" in found else "mobile"
    return any(
        sizes == plan(region).groups(digits) and union((region,), written, trunk=False).fits(digits.encode())
        for region in regions
    )


def _called(page: Shadow, start: int, end: int) -> Span | None:
    start = _first_digit(page, start)
    if not SAID.precedes(page, start) or NUMBERED.precedes(page, start):
        return None
    for stop in _stops(page, start, end):
        sizes = [len(group) for group in _groups(page.text[start:stop])]
        written = page.text[start:stop]
        if 7 <= sum(sizes) <= 15 and (max(sizes) > 2 or written.lstrip("(")[0] == "0") and not DATE.fullmatch(written):
            return _within_brackets(page, start, stop)
    return None


def _abroad(page: Shadow, start: int, end: int) -> Span | None:
    before = page.at(start - 1)
    if before and before.isascii() and (before.isalnum() or before in "_.+-/"):
        return None
    if page.text[start] == "0" and before == " " and page.at(start - 2).isdigit():
        return None
    for stop in _stops(page, start, end):
        found = page.text[start:stop].replace("(0)", "")
        digits = "".join(_groups(found))
        if "+" not in found:
            digits = digits.removeprefix("011") if digits.startswith("011") else digits.removeprefix("00")
        if is_international(digits):
            return _within_brackets(page, start, stop)
    return None


def _north_american(page: Shadow, start: int, end: int) -> Span | None:
    start = _first_digit(page, start)
    if _goes_on(page, end) or in_a_row(page, start, end) or NUMBERED.precedes(page, start):
        return None
    return _within_brackets(page, start, end)


def _within_brackets(page: Shadow, start: int, end: int) -> Span:
    """Without an opening bracket that is closed only behind the number."""
    found = page.text[start:end]
    return Span(start + (found[0] == "(" and found.count("(") > found.count(")")), end, "PHONE")


def _groups(found: str) -> list[str]:
    """The groups of digits, without those of an extension."""
    return GROUP.findall(EXTENDED.split(found, maxsplit=1)[0])


EXTENDED = re.compile(r"[,;#A-Za-z]")


def _first_digit(page: Shadow, start: int) -> int:
    while page.text[start] not in "0123456789(+":
        start += 1
    return start


def _stops(page: Shadow, start: int, end: int) -> Iterator[int]:
    """The ends a number may have, furthest first: before each gap, at most six."""
    if not _goes_on(page, end):
        yield end
    ends = [match.end() for match in GROUP.finditer(page.text, start, end)][-2::-1]
    yield from (stop for stop in ends[:6] if stop - start >= 7)


def _goes_on(page: Shadow, end: int) -> bool:
    return GOES_ON.match(page.text, end) is not None
