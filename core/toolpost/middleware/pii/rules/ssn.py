"""United States social security numbers, by the rules of the Social Security Administration."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.middleware.pii.phrase import Phrase
from toolpost.middleware.pii.rule import Rule, Span, in_a_row, spans
from toolpost.middleware.pii.shadow import Shadow

NUMBER = rb"(?:^|[^0-9A-Za-z_.\-\xe0])(?:[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} |\.[0-9]{2}\.)[0-9]{4}|[0-9]{9})"
NAMED = Phrase(
    r"\bssn|ssn\b|\bs\.s\.n|social[ _\-]?sec|\bss ?(?:#|no|num)|\bsocial|seguro social|socials?\b"
    r"|\bsoc\b|社会安全|社保",
    r"[^0-9\n\]]{0,40}(?:[0-9]{3}-?[0-9]{2}-?[0-9]{4}[ ,;&/]{1,3}(?:and )?){0,3}\z",
    64,
)


def numbers(page: Shadow) -> Iterator[Span]:
    """Social security numbers; nine plain digits only where the text says what they are."""
    for start, end in spans(NUMBER, page):
        start += not page.text[start].isdigit()
        if not _issued(page.text[start:end]) or _goes_on(page, end) or in_a_row(page, start, end):
            continue
        if end - start == 11 or NAMED.precedes(page, start):
            yield Span(start, end, "US_SSN")


def _issued(found: str) -> bool:
    area, group, serial = found[:3], found[-6:-4].strip(" -."), found[-4:]
    if len(found) == 11:
        group = found[4:6]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _goes_on(page: Shadow, end: int) -> bool:
    after, next_one = page.at(end), page.at(end + 1)
    if after.isascii() and (after.isalnum() or after == "_"):
        return True
    return after != "" and after in "-." and next_one.isascii() and next_one.isdigit()


RULES = (Rule(frozenset({"US_SSN"}), r"[0-9]{3}[ .\-\x{2010}-\x{2015}]?[0-9]{2}[ .\-]?[0-9]{4}", numbers),)
