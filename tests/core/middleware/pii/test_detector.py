"""The detector, over the labelled set and over texts that nobody wrote."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost.middleware.pii import TYPES, Detector, Span, keys, phone, rule

from .labelled import examples

DETECTOR = Detector()
FLOORS = {
    "EMAIL": (0.99, 0.98),
    "US_SSN": (0.99, 0.98),
    "IP": (0.99, 0.98),
    "CREDIT_CARD": (0.98, 0.98),
    "IBAN": (0.98, 0.98),
    "PHONE": (0.85, 0.85),
    "API_KEY": (0.98, 0.98),
    "CN_MOBILE": (0.98, 0.98),
    "CN_ID": (0.98, 0.98),
}
PERSONAL = (
    "ann@example.com",
    "ann (at) example (dot) com",
    "用户@example.com",
    "415-555-0132",
    "+44 20 7946 0958",
    "030 1234567",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "192.168.1.10",
    "2001:db8::1",
    "123-45-6789",
    "sk-proj-abc123def456ghi789jkl",
    "-----BEGIN PRIVATE KEY-----",
    "13800138000",
    "11010519491231002X",
    "phone ",
    "ssn ",
    "v1.2.",
    "[EMAIL:",
    "12345678]",
    "\u200b",
    "４１１１",
    "邮箱",
    "\ud800",
)
texts = st.lists(st.one_of(st.sampled_from(PERSONAL), st.text(max_size=6), st.from_regex(r"[0-9 .@:\-+()/]{1,8}"))).map(
    "".join
)


@pytest.fixture(scope="module")
def outcome() -> dict[str, Counter[str]]:
    """For each type how many were right, missed and invented."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in TYPES}
    for text, labelled in examples():
        found, wanted = set(DETECTOR.find(text)), set(labelled)
        for span in found | wanted:
            kind = "right" if span in found & wanted else "missed" if span in wanted else "invented"
            counts[span.type][kind] += 1
    return counts


@pytest.mark.parametrize("name", TYPES)
def test_recall_and_precision_on_the_labelled_set(outcome: dict[str, Counter[str]], name: str) -> None:
    right, missed, invented = (outcome[name][kind] for kind in ("right", "missed", "invented"))
    recall, precision = right / (right + missed), right / (right + invented)
    print(f"{name}: recall {recall:.3f}, precision {precision:.3f}, of {right + missed}")
    least_recall, least_precision = FLOORS[name]
    assert recall >= least_recall
    assert precision >= least_precision


def test_the_labelled_set_is_large_enough() -> None:
    assert len(list(examples())) >= 200


@settings(max_examples=300, deadline=None)
@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    once, _ = DETECTOR.mask(text)
    assert DETECTOR.mask(once) == (once, Counter())


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from(["hash", "drop"]))
def test_nothing_is_left_to_find_after_other_actions(text: str, action: str) -> None:
    clean, _ = DETECTOR.mask(text, dict.fromkeys(TYPES, action), b"key")
    assert DETECTOR.find(clean) == []


@settings(max_examples=300, deadline=None)
@given(texts)
def test_spans_are_in_order_within_the_text_and_apart(text: str) -> None:
    end = 0
    for span in DETECTOR.find(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=" \n,;。，！ñé中あ", max_size=20), st.text(alphabet=" \n,;。，！ 中あ", max_size=20))
def test_offsets_are_those_of_the_original_text(before: str, after: str) -> None:
    text = f"{before} an\u200bn@example.com {after}"
    assert DETECTOR.find(text) == [Span(len(before) + 1, len(before) + 17, "EMAIL")]


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    DETECTOR.mask(text)


@pytest.mark.parametrize(
    "chunk", ["a", "1-", "@", "1 ", "00 ", "a@", "1.", "a:", "DE89 ", "4111 ", "+1 2", '"a', "020 "]
)
def test_the_number_of_looks_grows_no_faster_than_the_text(chunk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = looks(chunk * 500, monkeypatch), looks(chunk * 4000, monkeypatch)
    assert long <= 8.5 * short + 100


def looks(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many candidates are judged in a text."""
    count = 0

    def counted(function):
        def count_and_call(*arguments, **named):
            nonlocal count
            count += 1
            return function(*arguments, **named)

        return count_and_call

    with monkeypatch.context() as patch:
        patch.setattr(phone, "_groups", counted(phone._groups))
        patch.setattr(keys, "_is_random", counted(keys._is_random))
        patch.setattr(rule, "follows", counted(rule.follows))
        patch.setattr("toolpost.middleware.pii.card.is_card", counted(lambda digits: False))
        patch.setattr("toolpost.middleware.pii.iban._account", counted(lambda text, start: None))
        DETECTOR.find(text)
    return count


def test_only_the_types_that_are_asked_for_are_found() -> None:
    assert Detector(["IP"]).find("ann@example.com 10.0.0.1") == [Span(16, 24, "IP")]


def test_a_hash_is_the_same_for_the_same_value_and_key() -> None:
    first, _ = DETECTOR.mask("ann@example.com", {"EMAIL": "hash"}, b"key")
    again, _ = DETECTOR.mask("ann@example.com", {"EMAIL": "hash"}, b"key")
    other, _ = DETECTOR.mask("ann@example.com", {"EMAIL": "hash"}, b"other")
    assert first == again != other


def test_what_remains_after_dropping_does_not_join_to_something_personal() -> None:
    clean, counts = DETECTOR.mask("ann@exa10.0.0.1 bob@example.com", {"IP": "drop", "EMAIL": "drop"})
    assert "@" not in clean or not DETECTOR.find(clean)
    assert counts["EMAIL"]


def test_a_truncated_private_key_is_found() -> None:
    clean, _ = DETECTOR.mask("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ+IBADANBg/kq\nAbC=")
    assert clean == "[API_KEY]"


def test_national_telephone_formats_follow_the_regions() -> None:
    assert Detector(regions=["US"]).find("01 42 68 53 00") == []
    assert len(Detector(regions=["FR"]).find("01 42 68 53 00")) == 1


def test_importing_the_package_loads_no_heavy_library() -> None:
    script = "import sys, toolpost.middleware.pii; print({'re2', 'phonenumbers', 'stdnum'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
