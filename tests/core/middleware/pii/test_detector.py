"""The detector, over the labelled set and over texts that nobody wrote."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost.middleware.pii import TYPES, Detector, Span, phrase, rule
from toolpost.middleware.pii.rules import assigned, business, card, document, iban, identity, issued, phone

from .labelled import examples, outcome, rates

DETECTOR = Detector()
# Recall and precision that are asked for on texts nobody here has seen; on these they are the least.
FLOORS = dict.fromkeys(TYPES, (0.98, 0.98)) | {"EMAIL": (0.99, 0.98), "US_SSN": (0.99, 0.98), "IP": (0.99, 0.98)}
PERSONAL = (
    "ann@example.com",
    "ann (at) example (dot) com",
    "用户@example.com",
    "ab[at]c[dot]de",
    "password: hunter2x",
    "postgres://a:b1c2@d.e/f",
    "983.898.657-77",
    "LM086569A",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "00:1A:2B:3C:4D:5E",
    "born on 12.03.1985",
    "passport AB1234567",
    "DE136695976",
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
def counted() -> dict[str, Counter[str]]:
    return outcome(DETECTOR.find)


@pytest.mark.parametrize("name", TYPES)
def test_recall_and_precision_on_the_labelled_set(counted: dict[str, Counter[str]], name: str) -> None:
    recall, precision = rates(counted[name])
    print(f"{name}: recall {recall:.3f}, precision {precision:.3f}, {dict(counted[name])}")
    least_recall, least_precision = FLOORS[name]
    assert counted[name]["right"] >= 5
    assert recall >= least_recall
    assert precision >= least_precision


def test_the_labelled_set_is_large_enough() -> None:
    assert len(list(examples())) >= 750


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


CHUNKS = (
    *(
        "a",
        "1-",
        "@",
        "1 ",
        "00 ",
        "a@",
        "1.",
        "a:",
        "DE89 ",
        "4111 ",
        "+1 2",
        '"a',
        "020 ",
        "12 57 ",
        "DE12 ",
        "0x12",
        "a at ",
    ),
    *("[at]", "key=", "key: a1", "password: x1 ", "://a:b@", "born 1.1.85 ", "passport A1234567 ", "BSN 123456789 "),
    *("AB 12 34 ", "-----BEGIN PRIVATE KEY-----", "eyJa.", "bc1q", "1a", "\u200b1", "中1", "P<AAA"),
)
LOOKED_AT = (
    *(
        (rule, "follows"),
        (phrase, "follows"),
        (phone, "_groups"),
        (phone, "has_trunk"),
        (issued, "is_random"),
        (assigned, "is_password"),
    ),
    *((card, "is_card"), (iban, "is_iban"), (business, "is_vat"), (document, "follows"), (identity, "_adjoins")),
)


@pytest.mark.parametrize("chunk", CHUNKS)
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
        for module, name in LOOKED_AT:
            patch.setattr(module, name, counted(getattr(module, name)))
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


@pytest.mark.parametrize(
    "text",
    [
        "我们在2024年开会，版本v2很好",
        "今日はtomorrow123です。よろしくお願いします",
        "Москва: дом12 квартира",
        "Привет: version2.0-beta",
        "bypass 東京タワーは333mです",
        "compass 東京タワーは333mです",
    ],
)
def test_a_password_on_a_page_makes_no_password_of_words_in_its_script(text: str) -> None:
    assert DETECTOR.mask(f"password=hunter2Correct9\n{text}")[0] == f"password=[API_KEY]\n{text}"


def test_an_address_beside_a_password_stays_an_address() -> None:
    clean, _ = DETECTOR.mask("パスワード：himitsu123\nメールはtanaka.hiroshi@kaisha.co.jpまで")
    assert clean == "パスワード：[API_KEY]\nメールは[EMAIL]まで"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("我们的密码是abc12345。", "我们的密码是[API_KEY]。"),
        ("我們的密碼：abc12345", "我們的密碼：[API_KEY]"),
        ("口令：abc12345，请勿外传", "口令：[API_KEY]，请勿外传"),
        ("パスワードはhimitsu123です。", "パスワードは[API_KEY]です。"),
        ("비밀번호: himil123", "비밀번호: [API_KEY]"),
        ("Ваш пароль: Qwerty123!", "Ваш пароль: [API_KEY]"),
        ("Смените пароля = Qwerty123", "Смените пароля = [API_KEY]"),
        ("密\u200b码：中 пароль: Qwerty123!", "密\u200b码：中 пароль: [API_KEY]"),
        ("密码＝“abc12345”", "密码＝“[API_KEY]”"),
        ("password是abc12345", "password是[API_KEY]"),
        ("Hasło: kotek123", "Hasło: [API_KEY]"),
    ],
)
def test_a_word_for_a_password_counts_in_any_script(text: str, clean: str) -> None:
    assert DETECTOR.mask(text)[0] == clean
