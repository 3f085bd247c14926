"""Chinese mobile numbers, which need no word to be known as such."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, in_a_row, spans
from toolpost.middleware.pii.rules.words import NUMBERED
from toolpost.middleware.pii.shadow import Shadow

SEGMENT = rb"1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])"
MOBILE = (
    rb"(?:^|[^0-9A-Za-z_.+\-]|[^0-9A-Za-z_.+][\-])(?:(?:\(?(?:\+|00)86\)?|86)[ \-]?)?"
    + SEGMENT
    + rb"(?:[0-9]{8}|[ \-][0-9]{4}[ \-][0-9]{4}|[0-9] ?[0-9]{3} ?[0-9]{4})"
)
INTERNATIONAL = rb"\(?(?:\+|00)86\)?[ \-]?" + SEGMENT + rb"(?:[ \-]?[0-9]{4}){2}"


def mobiles(page: Shadow) -> Iterator[Span]:
    """Mobile numbers, with and without the country code."""
    for source in (MOBILE, INTERNATIONAL):
        for start, end in spans(source, page):
            while page.text[start] not in "0123456789+(":
                start += 1
            start += page.text[start] == "(" and ")" not in page.text[start:end]
            if not _goes_on(page, end) and not in_a_row(page, start, end) and not NUMBERED.precedes(page, start):
                yield Span(start, end, "CN_MOBILE")


def _goes_on(page: Shadow, end: int) -> bool:
    after = page.at(end)
    return after.isascii() and (after.isalnum() or after == "_" or (after in "-." and page.at(end + 1).isdigit()))


RULES = (Rule(frozenset({"CN_MOBILE"}), r"1[3-9][0-9](?:[ \-]?[0-9]){8}", mobiles),)
