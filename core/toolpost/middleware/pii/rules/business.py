"""Tax numbers of businesses, with and without the letters of their country (VAT, GST, ABN and others)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.compiled import pattern
from toolpost.middleware.pii.rule import Rule, Span, judged
from toolpost.middleware.pii.rules.identity import Number, registered
from toolpost.middleware.pii.shadow import Shadow

UNION = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
COUNTRIES = "|".join((*UNION.split(), "GB", "CHE", "NO"))
VAT = frozenset({"VAT"})
NUMBER = rb"(?:^|[^0-9A-Za-z_\xe0])(?:" + COUNTRIES.encode() + rb")[ \-]?[0-9A-Z]{1,12}(?:[ .\-]?[0-9A-Z]{1,11}){0,5}"
GROUPS = re.compile(r"[0-9A-Z]+")
# The forms that the union lists for its members, so that few need the slower check.
FORMS = (
    r"(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|(?:DE|EE|EL|PT)\d{9}|(?:DK|FI|HU|LU|MT|SI)\d{8}"
    r"|ES[0-9A-Z]\d{7}[0-9A-Z]|FR[0-9A-Z]{2}\d{9}|(?:HR|IT|LV)\d{11}|IE\d[0-9A-Z]\d{5}[A-Z]{1,2}|LT(?:\d{9}|\d{12})"
    r"|NL[0-9A-Z]{9}B\d\d|(?:PL|SK)\d{10}|RO\d{7,10}|SE\d{12}|(?:GB|XI)(?:\d{9}|\d{12})|CHE\d{9}(?:MWST|TVA|IVA)?|NO\d{9}(?:MVA)?)"
)
FORM, BEGINNING = re.compile(rf"{FORMS}\Z"), re.compile(FORMS)
GOES_ON, PART_OF_WORD = re.compile(r"[0-9A-Za-z_]"), re.compile(r"(?<=[0-9A-Za-z\xe0\xc7][\-/.])")
GROUPED = str.maketrans("", "", " .-")


def vats(page: Shadow) -> Iterator[Span]:
    """Numbers that begin with their country."""
    return judged(pattern(NUMBER), page, _vat)


def _vat(page: Shadow, start: int, end: int) -> Span | None:
    start += not page.text[start].isalpha() or not page.text[start].isascii()
    text, letters = page.text, page.raw[start:end].translate(None, b" .-").decode("latin-1")
    # Most are refused here, for none of their beginnings is a number.
    if not BEGINNING.match(letters) or GOES_ON.match(text, end) or PART_OF_WORD.match(text, start):
        return None
    groups = GROUPS.findall(text, start, end)
    while len(letters) > 8:
        if FORM.match(letters) and page.once(is_vat, letters):
            stop = [match.end() for match in GROUPS.finditer(text, start, end)][len(groups) - 1]
            return Span(start, stop, "VAT")
        letters = letters[: -len(groups.pop())]
    return None


def is_vat(letters: str) -> bool:
    """Whether the check digits of the country that it begins with are right."""
    match letters[:2]:
        case "GB":
            return registered("gb.vat")(letters)
        case "NO":
            return letters[2:5].isdigit() and registered("no.orgnr")(letters[2:].removesuffix("MVA"))
        case "CH":
            return registered("ch.uid")(letters[:12])
    return registered("eu.vat")(letters)


def number(check: str, sure: tuple[str, ...] = (), named: tuple[str, ...] = (), words: str = "") -> Number:
    """A tax number without letters in front."""
    return Number("VAT", registered(check), sure, named, words)


TABLE = (
    number("it.iva", named=("99999999999",), words=r"p\.? ?iva|partita"),
    number("pl.nip", ("999-999-99-99",), ("9999999999", "999-99-99-999", "999 999 99 99"), r"\bnip\b|podatk"),
    number("es.cif", named=("A99999999", "A9999999A", "A-99999999"), words=r"\bcif\b|\bnif\b"),
    number("de.vat", named=("999999999", "999 999 999"), words=r"\bust|umsatzsteuer|\bvat"),
    number("gb.vat", named=("999999999", "999 9999 99"), words=r"\bvat"),
    number("au.abn", named=("99 999 999 999", "99999999999"), words=r"\babn\b|business n"),
    number("in_.gstin", ("99AAAAA9999A9A9", "99AAAAA9999A9AA", "99AAAAA9999AAA9", "99AAAAA9999A999"), words=r"gst"),
    number("fr.siret", named=("99999999999999", "999 999 999 99999"), words=r"siret"),
    number("fr.siren", named=("999999999", "999 999 999"), words=r"siren|\brcs\b"),
    number("no.mva", ("999999999AAA", "999 999 999 AAA"), words=r"\bmva\b"),
    number("ru.inn", named=("9999999999",), words=r"\binn\b|инн"),
    number("us.ein", named=("99-9999999",), words=r"\bein\b|employer id|\bfein|tax id"),
    number("ch.uid", ("AAA-999.999.999",)),
)
RULES = (Rule(VAT, r"(?:^|[^0-9A-Za-z_])(?:" + COUNTRIES + r")[ \-]?[0-9A-Z](?:[ .\-]?[0-9A-Z]){6}", vats),)
