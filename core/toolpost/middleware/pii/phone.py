"""Telephone numbers, international and in the national formats of chosen regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from toolpost.middleware.pii.numbering import is_international, plan, union
from toolpost.middleware.pii.rule import Rule, Span, follows, judged
from toolpost.middleware.pii.shadow import Shadow

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "BR", "AU", "CN", "JP")

EDGE = rb"(?:^|[^0-9A-Za-z_.+/\-\xe0#$=&%@]|[^0-9A-Za-z_]-|[a-z]=)"
BETWEEN = rb"[ .()/\-]{0,3}"
EXTENSION = rb"(?: {0,2}(?:x|ext\.?|extension) ?[0-9]{1,6})?"
ABROAD = rb"(?:\(?\+ ?\(?|\(?00 ?)[1-9](?:" + BETWEEN + rb"[0-9]){6,16}" + EXTENSION
NORTH_AMERICAN = (
    EDGE + rb"(?:\+?1[ .\-]?)?(?:\([2-9][0-9]{2}\) ?-?|[2-9][0-9]{2}[ .\-])[0-9]{3}[ .\-][0-9]{4}" + EXTENSION
)
NATIONAL = EDGE + rb"\(?(?:[0-9]{2}|0 [0-9])(?:" + BETWEEN + rb"[0-9]){5,13}" + EXTENSION

GROUP = re.compile(r"\d+")
# The words that people put in front of a number, and what may stand between.
SAID = (
    r"(?:phone|\btel\b|tel[eéè][fp]h?on[a-z]*|mobile?|\bcell|\bfax|\bcall|\bring\b|whats ?app|\bsms\b|\bviber"
    r"|\bdial\b|\bhandy|\bm[oó]vil|\bcelular|portable|\bmob\b|\bph\b|\brufen?\b|\bappele[rz]\b|\bchiama"
    r"|\bllam[ae]|\bhotline|\btext\b|\breach [a-z]+"
    r"|电话|電話|手机|手機|传真|联系方式|致电|拨打|携帯|전화|тел|телефон|फ़ोन|फोन|هاتف)"
    r"[^0-9\n\]]{0,18}\z"
)
NUMBERED = (
    r"(?:\border|\binvoice|\bisbn|\bref(?:erence)?|\bticket|\btracking|\bserial|\bsku|\bpart|\bacc(?:oun)?t|\bcase|\bclaim"
    r"|\bissn|\bid|\bversion|\bdoi|\bpatent|\bmodel|\bbatch|\blot|\bpolicy|\bean|\bupc|\bimei|\bpo|\bbuild|\bcommit)"
    r"(?:[ \-]?(?:number|no|nr|code|id))?[.:#]{0,2}\s?#?\z"
)
DATE = re.compile(
    r"(?:(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d(?: \d{1,2})?|[0-3]?\d[-./ ][0-3]?\d[-./ ](?:19|20)\d\d(?: \d{1,2})?"
    r"|(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?: 000)+|\d{1,3}(?:\.\d{1,3}){3})"
)


@dataclass(frozen=True)
class Phones:
    """Finds numbers of all countries with a +, and of some regions without."""

    regions: tuple[str, ...] = REGIONS

    def abroad(self, page: Shadow) -> Iterator[Span]:
        """Numbers that begin with + or 00 and a country calling code."""
        for start, end in judged(ABROAD, page, _abroad):
            yield Span(start, end, "PHONE")

    def north_american(self, page: Shadow) -> Iterator[Span]:
        """(415) 555-0132 and its kin, assigned or not: nothing else is written like that."""
        if {"US", "CA"}.intersection(self.regions):
            for start, end in judged(NORTH_AMERICAN, page, _north_american):
                yield Span(start, end, "PHONE")

    def national(self, page: Shadow) -> Iterator[Span]:
        """Numbers as they are written within a region."""
        for start, end in judged(NATIONAL, page, self._national):
            yield Span(start, end, "PHONE")

    def _national(self, page: Shadow, start: int, end: int) -> tuple[int, int] | None:
        start = _first_digit(page, start)
        before = page.before(start, 32)
        said = follows(SAID, before)
        for stop in _stops(page, start, end):
            if self._is_national(page.text[start:stop], said=said):
                return None if follows(NUMBERED, before) else _within_brackets(page, start, stop)
        return None

    def _is_national(self, found: str, *, said: bool) -> bool:
        groups = _groups(found)
        digits, sizes = "".join(groups), tuple(map(len, groups))
        if not 7 <= len(digits) <= 15 or DATE.fullmatch(found):
            return False
        if said:
            return max(sizes) > 2 or digits[0] == "0"
        if digits[0] == "0":
            return self._with_trunk(digits, len(sizes) > 1)
        return len(sizes) > 1 and len(digits) > 8 and self._without_trunk(digits, sizes, found)

    def _with_trunk(self, digits: str, grouped: bool) -> bool:
        number = digits[1:].encode()
        if union(self.regions, "valid" if grouped else "mobile", trunk=True).fullmatch(number):
            return True
        # Italy has no trunk prefix: the 0 of a fixed line belongs to the number.
        return grouped and "IT" in self.regions and union(("IT",), "valid", trunk=False).fullmatch(digits.encode())

    def _without_trunk(self, digits: str, sizes: tuple[int, ...], found: str) -> bool:
        # 612 345 678 is more often an amount than a number in Madrid, 987-65-4321 no number at all.
        if sizes == (3, 2, 4) or (found[0] != "(" and set(sizes) == {3}) or found.count("(") != found.count(")"):
            return False
        written = "valid" if "(" in found or "-" in found else "mobile"
        number = digits.encode()
        return union(self.regions, written, trunk=False).fullmatch(number) is not None and any(
            sizes == plan(region).groups(digits) and union((region,), written, trunk=False).fullmatch(number)
            for region in self.regions
        )

    def rules(self) -> tuple[Rule, ...]:
        """The three ways in which a number shows itself."""
        types = frozenset({"PHONE"})
        seven = r"[0-9](?:[ .()/\-]{0,3}[0-9]){6}"
        return (
            Rule(types, r"(?:\+ ?\(?|00 ?)[1-9](?:[ .()/\-]{0,3}[0-9]){6}", self.abroad),
            Rule(types, r"[2-9][0-9]{2}(?:\) ?-?|[ .\-])[0-9]{3}[ .\-][0-9]{4}", self.north_american),
            Rule(types, seven, self.national, last=True),
        )


def _abroad(page: Shadow, start: int, end: int) -> tuple[int, int] | None:
    before = page.at(start - 1)
    if before and before.isascii() and (before.isalnum() or before in "_.+-/"):
        return None
    for stop in _stops(page, start, end):
        found = page.text[start:stop].replace("(0)", "")
        digits = "".join(_groups(found))
        if is_international(digits.removeprefix("00") if "+" not in found else digits):
            return _within_brackets(page, start, stop)
    return None


def _north_american(page: Shadow, start: int, end: int) -> tuple[int, int] | None:
    start = _first_digit(page, start)
    if _goes_on(page, end) or follows(NUMBERED, page.before(start, 32)):
        return None
    return _within_brackets(page, start, end)


def _within_brackets(page: Shadow, start: int, end: int) -> tuple[int, int]:
    """Without an opening bracket that is closed only behind the number."""
    found = page.text[start:end]
    return start + (found[0] == "(" and found.count("(") > found.count(")")), end


def _groups(found: str) -> list[str]:
    """The groups of digits, without those of an extension."""
    return GROUP.findall(found.partition("x")[0].partition("e")[0])


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
    after, next_one = page.at(end), page.at(end + 1)
    if after.isascii() and (after.isalnum() or after in ("_", "%")):
        return True
    return after != "" and after in "-./,:" and next_one.isascii() and next_one.isdigit()
