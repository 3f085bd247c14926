"""Checks of official numbers that python-stdnum lacks, or makes stricter than the issuers are."""

from __future__ import annotations

import re
from datetime import date

from toolpost.middleware.pii.rules.identity import registered

NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]\Z")
REGION_OF_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def nino(written: str) -> bool:
    """United Kingdom national insurance numbers: prefixes that are issued, suffix A to D (HMRC NIM39110)."""
    return NINO.match(plain(written)) is not None


def nir(written: str) -> bool:
    """French social security numbers of those who are born: sex, a year, a month or what stands for one (INSEE)."""
    digits = plain(written)
    month = int(digits[3:5])
    born = digits[0] in "12" and (1 <= month <= 12 or month == 20 or 30 <= month <= 42 or month >= 50)
    return born and registered("fr.nir")(digits)


def rijksregister(written: str) -> bool:
    """Belgian national numbers; the remainder is looked at before the slower rest."""
    digits = plain(written)
    first, check = int(digits[:9]), int(digits[9:])
    right = check in (97 - first % 97, 97 - (2_000_000_000 + first) % 97)
    return right and registered("be.nn")(digits)


def fodselsnummer(written: str) -> bool:
    """Norwegian birth numbers; the last digit is looked at before the slower rest."""
    digits = plain(written)
    right = not _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return right and registered("no.fodselsnummer")(digits)


def medicare(written: str) -> bool:
    """Australian Medicare card numbers, with the check digit of their eighth places."""
    digits = plain(written)
    return digits[0] in "23456" and _weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(digits[8])


def snils(written: str) -> bool:
    """Russian pension insurance numbers."""
    digits = plain(written)
    return _weighted(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def cpr(written: str) -> bool:
    """Danish numbers with a day of birth and the check digit that was given until 2007."""
    digits = plain(written)
    return is_day(digits[4:6], digits[2:4], digits[:2]) and not _weighted(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11


def cpr_of_any_year(written: str) -> bool:
    """Danish numbers, by their day of birth alone."""
    digits = plain(written)
    return is_day(digits[4:6], digits[2:4], digits[:2])


def vnr(written: str) -> bool:
    """Austrian social insurance numbers: a check digit in the fourth place, then the day of birth."""
    digits = plain(written)
    total = _weighted(digits[:3], (3, 7, 9)) + _weighted(digits[4:], (5, 8, 4, 2, 1, 6))
    return digits[0] != "0" and total % 11 == int(digits[3]) and is_day(digits[8:], digits[6:8], digits[4:6])


def rrn(written: str) -> bool:
    """Korean resident numbers: a day of birth and a century; those given since 2020 have no check digit."""
    digits = plain(written)
    return digits[6] in "12345678" and is_day(digits[:2], digits[2:4], digits[4:6])


def nric(written: str) -> bool:
    """Singapore identity numbers, of citizens and of foreigners."""
    letters = written.upper()
    if letters[0] not in "STFGM":
        return False
    total = _weighted(letters[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(letters[0], 0)
    if letters[0] == "M":
        return letters[8] == "KLJNPQRTUWX"[10 - total % 11]
    return letters[8] == ("JZIHGFEDCBA" if letters[0] in "ST" else "XWUTRQPNMLK")[total % 11]


def hkid(written: str) -> bool:
    """Hong Kong identity cards with one leading letter."""
    letters = plain(written).upper()
    check = 10 if letters[7] == "A" else int(letters[7]) if letters[7].isdigit() else None
    total = 36 * 9 + (ord(letters[0]) - 55) * 8 + _weighted(letters[1:7], range(7, 1, -1))
    return check is not None and (total + check) % 11 == 0


def taiwan(written: str) -> bool:
    """Taiwanese identity cards."""
    region = 10 + REGION_OF_TAIWAN.index(written[0].upper())
    total = region // 10 + region % 10 * 9 + _weighted(written[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))
    return written[1] in "1289" and total % 10 == 0


def my_number(written: str) -> bool:
    """Japanese individual numbers (ordinance 85 of 2014)."""
    digits = plain(written)
    rest = _weighted(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def pan(written: str) -> bool:
    """Indian permanent account numbers: the fourth letter says what the holder is."""
    return written[3] in "ABCFGHJLPT" and written[5:9] != "0000"


def is_day(year: str, month: str, day: str) -> bool:
    """Whether two digits each may be a day, in this century or the last."""
    try:
        date(2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def plain(written: str) -> str:
    """The letters and digits alone."""
    return "".join(filter(str.isalnum, written))


def _weighted(digits: str, weights: tuple[int, ...] | range) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
