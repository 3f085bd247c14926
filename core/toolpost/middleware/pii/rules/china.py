"""Chinese resident identity numbers (GB 11643)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

PROVINCE = rb"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
IDENTITY = (
    rb"(?:^|[^0-9A-Za-z_])" + PROVINCE + rb"[0-9]{4}[ \-]?(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9][ \-]?[0-9]{3}[0-9Xx]"
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identities(page: Shadow) -> Iterator[Span]:
    """Resident identity numbers: a province, a day of birth and a check digit."""
    for start, end in spans(IDENTITY, page):
        start += not page.text[start].isdigit()
        if not _goes_on(page, end) and is_identity(page.text[start:end].replace(" ", "").replace("-", "")):
            yield Span(start, end, "CN_ID")


def is_identity(digits: str) -> bool:
    """Whether the day of birth exists and the check digit of ISO 7064 MOD 11-2 is right."""
    # stdnum.cn.ric also asks its list of districts, which lacks many that have existed.
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits[:17], strict=True))
    return born.year >= 1850 and "10X98765432"[total % 11] == digits[17].upper()


def _goes_on(page: Shadow, end: int) -> bool:
    after = page.at(end)
    return after.isascii() and (after.isalnum() or after == "_" or (after in "-." and page.at(end + 1).isdigit()))


RULES = (Rule(frozenset({"CN_ID"}), r"[1-9][0-9]{5}[ \-]?[0-9]{8}[ \-]?[0-9]{3}[0-9Xx]", identities),)
