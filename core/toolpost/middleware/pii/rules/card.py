"""Payment card numbers: a known issuer, its lengths and the Luhn check digit (ISO/IEC 7812)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.compiled import pattern
from toolpost.middleware.pii.rule import Rule, Span, in_a_row, judged
from toolpost.middleware.pii.shadow import Shadow

NUMBER = (
    rb"(?:^|[^0-9A-Za-z_.\-\xe0]|[^0-9A-Za-z_][.\-]|[A-Za-z]{3}[.\-])(?:[2-689][0-9]{11,18}|1800[0-9]{11}"
    rb"|(?:[2-689][0-9]{3,7}|1800)(?:(?:[ .\-/]{1,3}|[ \-]?\r?\n ?)[0-9]{1,13}){1,6}"
    rb"|[2-689](?: [0-9]){12,18}|[2-689][0-9]{3}(?:(?:_[0-9]{4}){3}|(?:\t[0-9]{4}){3}))"
)
GROUPS = re.compile(r"[0-9]+")
ISSUERS = (
    r"(?:4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-5]|309|36\d|3[89]\d)\d{11,16}"  # Diners Club
    r"|35\d{14}|35(?:2[89]|[3-8]\d)\d{13,15}|(?:2131|1800)\d{11}"  # JCB
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12,15}"  # Discover
    r"|(?:62|81|82)\d{14,17}"  # UnionPay, RuPay
    r"|220[0-4]\d{12,15}"  # Mir
    r"|9792\d{12}"  # Troy
    r"|(?:50|5[6-8]|6[037])\d{14}(?:\d{2,3})?"  # Maestro and others
    r"|(?:5018|5020|5038|5[6-8]\d\d|6304|6390|6759|676[1-3])\d{8,11})"  # Maestro, the shorter ones
)
ISSUER, BEGINNING = re.compile(rf"{ISSUERS}\Z"), re.compile(ISSUERS)
GOES_ON = re.compile(r"[0-9A-Za-z_]")
OTHERS = bytes(byte for byte in range(256) if byte not in b"0123456789")
SHORTEST, LONGEST = 12, 19
DOUBLED = str.maketrans("0123456789", "0246813579")


def cards(page: Shadow) -> Iterator[Span]:
    """Card numbers, also among other numbers."""
    return judged(pattern(NUMBER), page, _card)


def is_card(digits: str) -> bool:
    """Whether these digits could be printed on a card."""
    return ISSUER.match(digits) is not None and luhn(digits)


def may_be_card(digits: bytes) -> bool:
    """Whether these digits, or the first of them, could be printed on a card."""
    begins = BEGINNING.match(found := digits.decode()) is not None
    return begins and any(is_card(found[:length]) for length in range(SHORTEST, len(found) + 1))


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812; a tenth of the time that stdnum's general one takes."""
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(DOUBLED)))) % 10 == 0


def _card(page: Shadow, start: int, end: int) -> Span | None:
    if end - start < SHORTEST:
        return None
    # Most numbers are refused here, wherever they would end.
    if not page.once(may_be_card, page.raw[start:end].translate(None, OTHERS)[:LONGEST]):
        return None
    text = page.text
    groups = GROUPS.findall(text, start, end)
    written = "".join(groups)
    if len(written) > LONGEST or GOES_ON.match(text, end):
        kept = len(written) - (len(groups.pop()) if GOES_ON.match(text, end) else 0)
        while kept > LONGEST:
            kept -= len(groups.pop())
        written = written[:kept]
    while len(written) >= SHORTEST:
        if page.once(is_card, written):
            ends = [match.span() for match in GROUPS.finditer(text, start, end)]
            first, last = ends[0][0], ends[len(groups) - 1][1]
            if not _is_other(text[first:last]):
                return (
                    None
                    if in_a_row(page, first, last) or _in_a_table(page, first, last)
                    else Span(first, last, "CREDIT_CARD")
                )
        written = written[: -len(groups.pop())]
    return None


def _is_other(found: str) -> bool:
    """Whether these are numbers below each other, or a fraction: a card's number breaks over two lines at most."""
    return found.count("\n") > 1 or found.count(".") == 1 or ("\n" in found and " " not in found and "-" not in found)


def _in_a_table(page: Shadow, start: int, end: int) -> bool:
    """Whether columns of numbers go on before or behind these."""
    before = page.at(start - 1) == "\t" and page.at(start - 2).isdigit()
    behind = page.at(end) == "\t" and page.at(end + 1).isdigit()
    return "\t" in page.text[start:end] and (before or behind)


RULES = (Rule(frozenset({"CREDIT_CARD"}), r"[0-9](?:[ .\-/_\t\r\n]{0,3}[0-9]){11}", cards),)
