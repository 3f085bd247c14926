"""Durations and sizes are short, and no duration is said shorter than it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.words import amount, duration

SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (1, "1 second"),
        (1.2, "2 seconds"),
        (120, "120 seconds"),
        (121, "3 minutes"),
        (5_400, "90 minutes"),
        (86_400, "24 hours"),
        (200_000, "3 days"),
    ],
)
def test_a_duration_is_said_in_a_unit_that_suits_it(seconds: float, words: str):
    assert duration(seconds) == words


@given(st.floats(0, 1e9))
def test_a_duration_is_never_said_shorter_than_it_is(seconds: float):
    said = re.fullmatch(r"(\d+) (\w+?)s?", duration(seconds))
    assert said
    assert int(said[1]) * SECONDS[said[2]] >= seconds


@pytest.mark.parametrize(("size", "words"), [(0, "0 kB"), (1, "1 kB"), (999_001, "1000 kB"), (1_250_000, "1.2 MB")])
def test_a_size_is_said_in_a_unit_that_suits_it(size: int, words: str):
    assert amount(size) == words
