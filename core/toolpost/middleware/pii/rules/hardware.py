"""Addresses of network interfaces (IEEE 802): six pairs, or Cisco's three groups of four."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

PAIR = rb"[0-9A-Fa-f]{2}"
ADDRESS = (
    rb"(?:^|[^0-9A-Za-z_:.\-\xe0]|[^0-9A-Fa-f][:\-.])"
    rb"(?:"
    + PAIR
    + rb"(?::"
    + PAIR
    + rb"){5}|"
    + PAIR
    + rb"(?:-"
    + PAIR
    + rb"){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})"
)
NOBODY = {"000000000000", "ffffffffffff"}


def addresses(page: Shadow) -> Iterator[Span]:
    """Hardware addresses, but not those of everybody and nobody."""
    for start, end in spans(ADDRESS, page):
        start = end - (14 if page.text[end - 5] == "." else 17)
        plain = "".join(filter(str.isalnum, page.text[start:end])).lower()
        if not _goes_on(page, end) and plain not in NOBODY and not (plain.isdigit() and "." in page.text[start:end]):
            yield Span(start, end, "MAC")


def _goes_on(page: Shadow, end: int) -> bool:
    after, next_one = page.at(end), page.at(end + 1)
    if after.isascii() and (after.isalnum() or after == "_"):
        return True
    return after != "" and after in ":-." and next_one.isascii() and next_one.isalnum()


TRIGGER = r"(?i)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?:[0-9a-f]{2}-){5}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"
RULES = (Rule(frozenset({"MAC"}), TRIGGER, addresses),)
