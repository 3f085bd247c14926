"""Valid numbers of every kind, made at random and put into random surroundings, are found where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost.middleware.pii import Detector, Span
from toolpost.middleware.pii.rules import business, card, iban, national
from toolpost.middleware.pii.rules.identity import Number
from toolpost.middleware.pii.rules.phone import REGIONS

from .numbers import valid

DETECTOR = Detector()
# Letters of other alphabets, marks that combine, signs that reorder or have no width, astral ones; no digits, no Latin.
SCRIPTS = "的中あアж δשع\u0301\u200f\u2066😀𐍈\n,;()"
SURROUNDINGS = st.text(alphabet=SCRIPTS, max_size=12)
SEEDS = st.integers(0, 2**32)


def sure() -> Iterator[tuple[Number, str]]:
    for number in (*national.TABLE, *business.TABLE):
        for shape in number.sure:
            if shape.count("A") < 8 and not shape.startswith("AAA-") and not shape.endswith(("999AAA", "999 AAA")):
                yield number, shape


def found(text: str, start: int, end: int, *types: str) -> bool:
    """Whether something of these types is found that holds this place, and nothing around it."""
    return any(span.type in types and span.start == start and span.end == end for span in DETECTOR.find(text))


@pytest.mark.parametrize(("number", "shape"), list(sure()), ids=lambda part: part if isinstance(part, str) else "")
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS, before=SURROUNDINGS, after=SURROUNDINGS)
def test_a_number_that_speaks_for_itself_is_found_anywhere(
    number: Number, shape: str, seed: int, before: str, after: str
) -> None:
    written = valid(number, shape, Random(seed))
    if written is None:
        return
    text = f"{before} {written} {after}"
    start = len(before) + 1
    assert any(span.start <= start and span.end >= start + len(written) for span in DETECTOR.find(text)), text


@settings(max_examples=200, deadline=None)
@given(
    seed=SEEDS,
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    gap=st.sampled_from(["", " ", "-", "\u00a0", "\u2013", "\u200b"]),
)
def test_every_valid_card_is_found_however_it_is_grouped(seed: int, before: str, after: str, gap: str) -> None:
    digits = random_card(Random(seed))
    written = gap.join((digits[:4], digits[4:8], digits[8:12], digits[12:]))
    text = f"{before} {written} {after}"
    start = len(before) + 1
    assert found(text, start, start + len(written), "CREDIT_CARD"), text


def random_card(random: Random) -> str:
    prefix = random.choice(["4", "51", "55", "2221", "2720", "6011", "65", "3530", "62"])
    digits = prefix + "".join(random.choice("0123456789") for _ in range(15 - len(prefix)))
    return next(digits + last for last in "0123456789" if card.luhn(digits + last))


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, before=SURROUNDINGS, after=SURROUNDINGS)
def test_every_valid_iban_is_found_with_spaces_anywhere(seed: int, before: str, after: str) -> None:
    random = Random(seed)
    country = random.choice(["DE", "FR", "GB", "NL", "ES", "IT", "PL", "CH"])
    account = "".join(random.choice("0123456789") for _ in range(iban.LENGTHS[country] - 4))
    checked = next(
        f"{country}{check:02}{account}" for check in range(100) if iban.is_iban(f"{country}{check:02}{account}")
    )
    spaced = "".join(char + random.choice(["", "", " "]) for char in checked).strip()
    text = f"{before} {spaced} {after}"
    start = len(before) + 1
    assert found(text, start, start + len(spaced), "IBAN"), text


@settings(max_examples=200, deadline=None)
@given(
    parts=st.tuples(*4 * [st.integers(0, 255)]),
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    tail=st.sampled_from(["", ":80", "/24", "/x"]),
)
def test_every_ip_address_is_found(parts: tuple[int, ...], before: str, after: str, tail: str) -> None:
    written = ".".join(map(str, parts))
    text = f"{before} {written}{tail} {after}"
    assert found(text, len(before) + 1, len(before) + 1 + len(written), "IP"), text


@settings(max_examples=200, deadline=None)
@given(address=st.ip_addresses(v=6), before=SURROUNDINGS, after=SURROUNDINGS)
def test_every_ip_address_of_version_six_is_found(address: object, before: str, after: str) -> None:
    written = str(address)
    text = f"{before} {written} {after}"
    # ::1:2 may as well be the end of a slice.
    if sum(map(len, written.split(":"))) > 7:
        assert found(text, len(before) + 1, len(before) + 1 + len(written), "IP"), text


@settings(max_examples=200, deadline=None)
@given(
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    name=st.from_regex(r"[a-z][a-z0-9._+\-]{0,12}[a-z0-9]", fullmatch=True),
    gap=st.sampled_from(["", "\u200b", "\u00ad"]),
)
def test_every_address_is_found_whatever_is_hidden_in_it(before: str, after: str, name: str, gap: str) -> None:
    written = f"{name}@ex{gap}ample.com"
    text = f"{before} {written} {after}"
    assert found(text, len(before) + 1, len(before) + 1 + len(written), "EMAIL"), text


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("style", ["INTERNATIONAL", "E164", "RFC3966"])
def test_the_example_numbers_of_each_region_are_found_as_they_are_written_abroad(region: str, style: str) -> None:
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        number = phonenumbers.example_number_for_type(region, kind)
        written = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))
        start = 5 if style == "RFC3966" else 1
        assert found(f" {written} ", start, 1 + len(written), "PHONE", "CN_MOBILE"), written


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_example_numbers_of_all_countries_are_found(region: str) -> None:
    number = phonenumbers.example_number(region)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert DETECTOR.find(f"at {written}.") == [Span(3, 3 + len(written), "PHONE")], written


@pytest.mark.parametrize(
    ("region", "written"),
    [
        ("US", "(201) 555-0123"),
        ("GB", "0121 234 5678"),
        ("DE", "030 123456"),
        ("FR", "01 23 45 67 89"),
        ("IT", "02 1234 5678"),
        ("NL", "010 123 4567"),
        ("SE", "08-12 34 56"),
        ("JP", "03-1234-5678"),
    ],
)
def test_national_numbers_are_found_where_their_region_is_chosen(region: str, written: str) -> None:
    assert [span.type for span in Detector(["PHONE"], regions=[region]).find(f"at {written}.")] == ["PHONE"]
