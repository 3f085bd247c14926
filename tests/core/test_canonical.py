"""Values have one form each, and no two values share it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import canonical_digest as digest

VALUES = [1, 1.0, True, "1", None, "None", [], {}, "", [1], [[1]], {"a": 1}, "a\0b", 0, -0.0, 0.0, False]


def test_different_values_have_different_keys():
    assert len({digest(value) for value in VALUES}) == len(VALUES)


def test_the_order_of_keys_and_the_form_of_unicode_do_not_matter():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(unicodedata.normalize("NFD", "é")) == digest("é")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def plain(value: Any) -> Any:
    """A value in a form that Python compares as keys do: with types, and in NFC."""
    match value:
        case str():
            return ("str", unicodedata.normalize("NFC", value))
        case list():
            return ("list", [plain(item) for item in value])
        case dict():
            return ("dict", sorted(((plain(name), plain(item)) for name, item in value.items()), key=repr))
        case _:
            return (type(value).__name__, repr(value))


@given(json, json)
def test_keys_are_equal_exactly_when_values_are(one: Any, other: Any):
    assert (digest(one) == digest(other)) == (plain(one) == plain(other))


def test_what_is_no_json_has_no_digest():
    with pytest.raises(TypeError, match="set is no JSON value"):
        digest({"a": {1}})


def test_a_digest_is_as_long_as_asked():
    assert len(digest("x", 32)) == 32


def test_keys_that_are_one_in_nfc_do_not_hide_which_holds_what():
    composed, decomposed = "é", unicodedata.normalize("NFD", "é")
    one, other = {composed: 1, decomposed: 2}, {composed: 2, decomposed: 1}
    assert digest(one) != digest(other)
    assert digest(one) == digest(dict(reversed(one.items())))


def test_deep_and_long_values_have_a_digest():
    deep: Any = 0
    for _ in range(50_000):
        deep = [deep]
    assert digest(deep) == digest(deep)
    assert digest(10**6_000) != digest(10**6_000 + 1)
    assert digest("\ud800") != digest("\udfff")


def test_a_value_that_holds_itself_has_none():
    endless: list[Any] = []
    endless.append([endless, endless])
    with pytest.raises(ValueError, match="holds itself"):
        digest(endless)


def test_digests_stay_what_they_are_since_they_are_kept():
    value = {"b": [1, 1.5, True, None, "é\0"], "a": {"x": -0.0, "y": 10**30}}
    assert digest(value).hex() == "b806f49187fa4fa764182e84cc6cfa35"
