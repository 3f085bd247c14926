"""International bank account numbers (ISO 13616), with the spaces that print and OCR put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from string import ascii_letters

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

# Country and length, from the SWIFT IBAN registry, release 99.
REGISTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
    " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20"
    " LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
    " PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    " YE30"
)
LENGTHS = {REGISTRY[i : i + 2]: int(REGISTRY[i + 2 : i + 4]) for i in range(0, len(REGISTRY), 5)}
COUNTRIES = "(?:" + "|".join(f"{code[0]} ?{code[1]}" for code in LENGTHS) + ")"
HEAD = rb"(?:^|[^0-9A-Za-z_]|IBAN)(?i:" + COUNTRIES.encode() + rb")[ \-.]{0,2}[0-9][ .\-]?[0-9]"
SPACES, DIGITS = b" -.\t\n/", b"0123456789"
PLAIN = frozenset(DIGITS + ascii_letters.encode())
VALUES = {ord(char): str(ord(char) - 55) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
LONGEST = max(LENGTHS.values())


def accounts(page: Shadow) -> Iterator[Span]:
    """Account numbers whose length is their country's and whose remainder is right."""
    for start, _ in spans(HEAD, page):
        start += 4 if page.raw.startswith(b"IBAN", start) else page.raw[start] not in PLAIN
        if stop := _account(page, start):
            yield Span(start, stop, "IBAN")


def is_iban(letters: str) -> bool:
    """Whether capital letters and digits without spaces leave 1 modulo 97 (ISO 7064 MOD 97-10)."""
    return int((letters[4:] + letters[:4]).translate(VALUES)) % 97 == 1


def _account(page: Shadow, start: int) -> int | None:
    """Where the number that begins at `start` ends."""
    raw = page.raw
    country = raw[start : start + 4].translate(None, SPACES)[:2].upper().decode()
    if not (match := _written(LENGTHS[country]).match(raw, start)):
        return None
    letters = match[0].translate(None, SPACES)
    many_digits = len(letters) - len(letters.translate(None, DIGITS)) > 7
    return match.end() if many_digits and page.once(is_iban, letters.decode().upper()) else None


@cache
def _written(length: int) -> re.Pattern[bytes]:
    """So many letters and digits, with no more than three other characters between two of them."""
    return re.compile(rb"[0-9A-Za-z](?:[ .\-\t\n/]{0,3}[0-9A-Za-z]){%d}(?![0-9A-Za-z])" % (length - 1))


# Every country's account begins with at most four letters, and digits go on after that: "de 2024" does not.
BEGINNING = r"(?:S[a-z]){0,4}S[0-9](?:S[0-9a-z]){2,5}S[0-9]".replace("S", r"[ .\-\n\t/]{0,3}")
TRIGGER = r"(?i)(?:^|[^0-9a-z_]|IBAN)" + COUNTRIES + r"[ \-.]{0,2}[0-9][ .\-]?[0-9]" + BEGINNING
RULES = (Rule(frozenset({"IBAN"}), TRIGGER, accounts),)
