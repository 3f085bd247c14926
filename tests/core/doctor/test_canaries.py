from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolpost.doctor.canaries import PATHS, card, email, personal, secret_parts, strings
from toolpost.middleware.pii.detector import Detector


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


def test_each_way_has_an_address_and_a_card_of_its_own():
    assert len({email(path) for path in PATHS} | {card(path) for path in PATHS}) == 2 * len(PATHS)
    assert all(luhn(card(path)) and len(card(path)) == 16 for path in PATHS)


def test_the_guard_knows_them():
    detector = Detector(["EMAIL", "CREDIT_CARD"], [])
    for path in PATHS:
        masked, _ = detector.mask(personal(path), {}, b"")
        assert not any(part in masked for part in secret_parts(path, ["EMAIL", "CREDIT_CARD"]))


@given(
    st.recursive(
        st.none() | st.integers() | st.just("canary"), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_every_text_in_an_answer_is_looked_at(value: object):
    assert strings(value).count("canary") >= str(value).count("'canary'") - str(value).count("'canary':")
