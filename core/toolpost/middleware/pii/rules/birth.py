"""Days of birth: dates that the text says somebody was born on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.phrase import Phrase
from toolpost.middleware.pii.rule import Rule, Span, says, spans
from toolpost.middleware.pii.shadow import Shadow

MONTH = rb"[A-Za-z\xe0]{3,12}\.?"
ORDINAL = rb"(?:st|nd|rd|th|er|\.|\xa4|\xe0)?"
DATE = (
    rb"(?:^|[^0-9])(?:[0-9]{4}(?: ?[./\-] ?| )[0-9]{1,2}(?: ?[./\-] ?| )[0-9]{1,2}"
    rb"|[0-9]{1,2}(?: ?[./\-] ?| )[0-9]{1,2}(?: ?[./\-] ?| )(?:[0-9]{4}|[0-9]{2})"
    rb"|[0-9]{1,2}"
    + ORDINAL
    + rb"(?:(?: |-|/)(?:de |of |d')?"
    + MONTH
    + rb",?(?: |-|/)(?:de |del |of |do )?(?:[0-9]{4}|'?[0-9]{2}))"
    rb"|[0-9]{4} ?\xc7{1,2} ?[0-9]{1,2} ?\xc7{1,2} ?[0-9]{1,2}(?: ?\xc7)?|(?:19|20)[0-9]{6}"
    rb"|[0-3][0-9][01][0-9](?:19|20)[0-9]{2}"
    rb"|(?:19|20)[0-9]{2},? " + MONTH + rb" [0-9]{1,2})"
    rb"|(?:^|[^A-Za-z\xe0])" + MONTH + rb" [0-9]{1,2}" + ORDINAL + rb",? (?:19|20)[0-9]{2}"
)
BIRTH = (
    r"birth|\bborn\b|\bdob\b|\bd\.o\.b|\bbday|\bgeb(?:\.|oren|oorte|urts|\b)|naissance"
    r"|\bn[ée]e?(?:\(e\))? (?:le|à|en)\b|\bnaci|\bnasc"
    r"|\bnat[oa] (?:il|a|nel)|urodz|\bur\.|f[øö]dd|f[øö]dt|f[øö]dsel|synty[mn]|\bsynt\.|narozen"
    r"|narodeni|szület|do[gğ]um|рожд"
    r"|родил|\bд\.?р\.|народж|γενν|出生|生年|生日|生まれ|日生|年生|誕生|생년월일|출생|생일|ميلاد"
    r"|مواليد|ولد|जन्म|เกิด|ngày sinh|sinh ngày|\blahir|הולד|נולד"
)
BORN = Phrase(BIRTH, r"[^0-9\n]{0,32}\n?\z", 48)
AFTER = re.compile(r"\s?[(（]?\s?(?:生|出生|geb|born|dob|d\.o\.b|birth|né|출생|생\b|naci|nat[oa]\b)", re.IGNORECASE)


def days(page: Shadow) -> Iterator[Span]:
    """Dates behind, or right in front of, a word for being born."""
    if not says(BIRTH, page):
        return
    for start, end in spans(DATE, page):
        start += not _begins(page.text[start])
        if page.at(end).isdigit() or not (BORN.is_near(page, start) or AFTER.match(page.after(end, 12))):
            continue
        if _is_date(page.text[start:end]) and (BORN.precedes(page, start) or AFTER.match(page.after(end, 12))):
            yield Span(start, end, "DATE_OF_BIRTH")


def _begins(char: str) -> bool:
    return char.isdigit() or char == "\xe0" or (char.isascii() and char.isalpha())


def _is_date(found: str) -> bool:
    numbers = re.findall(r"\d+", found)
    if len(numbers) == 1:
        whole = numbers[0]
        year_first = whole[:2] in ("19", "20") and whole[4:6] <= "12"
        numbers = [whole[:4], whole[4:6], whole[6:]] if year_first else [whole[:2], whole[2:4], whole[4:]]
    long = [number for number in numbers if len(number) == 4]
    if any(not 1850 <= int(number) <= 2100 for number in long):
        return False
    return all(0 < int(number) <= 31 for number in numbers if len(number) < 3) or (not long and len(numbers) == 3)


RULES = (Rule(frozenset({"DATE_OF_BIRTH"}), rf"(?i){BIRTH}", days),)
