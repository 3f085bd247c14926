"""Passports and identity cards: numbers that are called so, and the lines that machines read (ICAO 9303)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.compiled import longest
from toolpost.middleware.pii.phrase import Phrase
from toolpost.middleware.pii.rule import Rule, Span, follows, judged, spans
from toolpost.middleware.pii.shadow import Shadow

BETWEEN = r"[^0-9\n]{0,30}?[^0-9A-Z\n]{0,3}\n?[A-Z]{0,3}\z"
PASSPORTS = Phrase(
    r"pass?port|passeport|reisepass|pasaporte|passaporte|passaporto|paspoort|pasaport"
    r"|\bpas(?:s)?nummer|útlevél|vegabréf|cestovní pas"
    r"|паспорт|διαβατηρ|护照|護照|パスポート|旅券|여권|جواز|पासपोर्ट|דרכון|หนังสือเดินทาง"
    r"|h[oộ] chi[eế]u|\bpass (?:no|nr|num)",
    BETWEEN,
    48,
)
CARDS = Phrase(
    r"ausweis|\bpersonalausw|identity card|\bid[ \-]?card|\bnational id|\bid[ \-](?:no|num)"
    r"|carte (?:nationale )?d.identit|\bcni\b"
    r"|carta d.identit|carta de identidad|documento de identidad|c[eé]dula|dow[oó]d osobist"
    r"|identiteitskaart|občansk|身份证|身分證",
    BETWEEN,
    48,
)
# What else is said of a passport, with a number behind it.
LATER = (
    r"(?:expir|valid|gültig|issue|date|until|since|fee|photo|cost|pages?|price|years?|office|caduc|scad"
    r"|valable|delivr|order|phone|tel|call)[^0-9\n]{0,14}\z"
)
TOKEN = (
    rb"(?:^|[^0-9A-Za-z_\xe0])(?:[A-Za-z]{1,3}[ \-]?[0-9]{6,9}|[A-Za-z]{0,2}[0-9]{5,9}[A-Za-z]{0,2}"
    rb"|[0-9]{2} ?[0-9]{2} [0-9]{6}"
    rb"|[0-9]{2}[A-Za-z]{2}[0-9]{5}|[A-Z][0-9][A-Z0-9]{6,8}|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8,9}"
    rb"|[A-Z]{2}[0-9]{5}[A-Z]{2}|[A-Z]{2}[0-9A-Z]{6}[0-9]|[A-Z]{3} ?[0-9]{6}|[0-9]{3} ?[0-9]{3} ?[0-9]{3})"
)
NAMES = rb"P[A-Z<][A-Z<]{3}[A-Z<]{39}"
BOOK = rb"[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9]"
CARD = rb"[AIC][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{25}"
CARD_DAYS = rb"[0-9]{7}[MFX<][0-9]{7}[A-Z<]{3}[A-Z0-9<]{11}[0-9]"
CARD_NAMES = rb"[A-Z]+(?:<[A-Z]+)*<<[A-Z]+[A-Z<]*<<"
EDGE = rb"(?:^|[^0-9A-Za-z_<])"
GOES_ON = re.compile(r"[0-9A-Za-z_%]|[-./,:][0-9]")
VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
PASSPORT, CARD_NUMBER = frozenset({"PASSPORT"}), frozenset({"NATIONAL_ID"})


def passports(page: Shadow) -> Iterator[Span]:
    """Numbers that the text calls a passport's."""
    return _called(PASSPORTS, "PASSPORT", page)


def cards(page: Shadow) -> Iterator[Span]:
    """Numbers that the text calls an identity card's."""
    return _called(CARDS, "NATIONAL_ID", page)


def machine_readable(page: Shadow) -> Iterator[Span]:
    """The two lines at the foot of a passport, the three on the back of a card."""
    for source in (NAMES, BOOK, CARD, CARD_DAYS):
        for start, end in spans(EDGE + source, page):
            start = end - (44 if source in (NAMES, BOOK) else 30)
            if page.at(end) != "<" and (source in (NAMES, CARD) or _is_checked(page.text[start:end], source)):
                yield Span(start, end, "PASSPORT" if source in (NAMES, BOOK) else "NATIONAL_ID")


def _called(phrase: Phrase, type_: str, page: Shadow) -> Iterator[Span]:
    def judge(page: Shadow, start: int, end: int) -> Span | None:
        start += not (page.text[start].isascii() and page.text[start].isalnum())
        if GOES_ON.match(page.text, end) or sum(map(str.isdigit, page.text[start:end])) < 4:
            return None
        spoken_of = phrase.precedes(page, start) and not follows(LATER, page.before(start, 24))
        return Span(start, end, type_) if spoken_of else None

    return judged(longest(TOKEN), page, judge, whole=True, windows=phrase.windows(page))


def _is_checked(line: str, source: bytes) -> bool:
    fields = ((0, 9), (13, 19), (21, 27)) if source == BOOK else ((0, 6), (8, 14))
    return all(check_digit(line[start:end]) == line[end] for start, end in fields)


def check_digit(field: str) -> str:
    """The check digit of a field, weighted 7, 3, 1 (ICAO 9303, part 3)."""
    return str(sum(VALUES.get(char, 0) * (7, 3, 1)[place % 3] for place, char in enumerate(field)) % 10)


RULES = (
    Rule(PASSPORT, rf"(?i){PASSPORTS.words}", passports),
    Rule(CARD_NUMBER, rf"(?i){CARDS.words}", cards),
    Rule(
        PASSPORT | CARD_NUMBER,
        r"P[A-Z<][A-Z<]{3}[A-Z]|[0-9]{7}[MFX<][0-9]{7}|[AIC][A-Z<][A-Z]{3}[0-9A-Z<]{10}",
        machine_readable,
    ),
)
