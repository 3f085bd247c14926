"""Patterns that may stand for a name in common."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.globs import may_meet

PATTERNS = st.text("ab*?", max_size=6)


@pytest.mark.parametrize(
    ("one", "other"),
    [("files_*", "files_write"), ("*_write", "files_*"), ("f?les_*", "files_*"), ("[ef]iles_x", "files_*"), ("*", "")],
)
def test_these_may(one: str, other: str):
    assert may_meet(one, other)
    assert may_meet(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("files_*", "clock_write"), ("files", "files_*"), ("*_a", "*_b"), ("", "a"), ("?", "")]
)
def test_these_may_not(one: str, other: str):
    assert not may_meet(one, other)
    assert not may_meet(other, one)


@given(PATTERNS, PATTERNS, st.text("ab", max_size=8))
def test_patterns_that_fit_one_name_may_meet(one: str, other: str, name: str):
    if fnmatchcase(name, one) and fnmatchcase(name, other):
        assert may_meet(one, other)


def test_long_patterns_take_no_deep_recursion():
    assert may_meet("a" * 3000 + "*", "a*")
