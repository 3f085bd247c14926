"""Rates are read as people write them, and a bucket keeps its pace whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.limits.pace import Pace


@pytest.mark.parametrize(
    ("rate", "interval"),
    [
        ("10/minute", 6.0),
        ("10 / minutes", 6.0),
        ("1/5 seconds", 5.0),
        ("0.5/second", 2.0),
        ("24/day", 3600.0),
        ("3600/hour", 1.0),
        ("unlimited", 0.0),
        ("", 0.0),
    ],
)
def test_a_rate_is_a_token_every_so_many_seconds(rate: str, interval: float):
    assert Pace.of(rate, None, 0).interval == interval


@pytest.mark.parametrize("rate", ["10", "ten/minute", "10/fortnight", "0/minute", "1/0 seconds", "-1/second", "1e9/s"])
def test_a_rate_that_is_none_is_refused_with_an_example(rate: str):
    with pytest.raises(ValueError, match="10/minute"):
        Pace.of(rate, None, 0)


@given(
    st.lists(st.floats(0, 5), max_size=200),
    st.integers(1, 50),
    st.sampled_from(["1/second", "10/minute", "7/3 seconds", "100/hour"]),
)
def test_no_arrivals_get_more_than_burst_and_rate_allow(gaps: list[float], burst: int, rate: str):
    pace = Pace.of(rate, burst, 0)
    now = full_at = 1_000.0
    taken: list[float] = []
    for gap in gaps:
        now += gap
        full_at, wait = pace.step(full_at, now)
        if not wait:
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - start) / pace.interval + 0.001


@given(st.integers(1, 20), st.floats(0, 100))
def test_who_comes_back_when_told_is_let_in(burst: int, spent: float):
    pace = Pace.of("7/minute", burst, 0)
    now = full_at = 50.0
    wait = 0.0
    while not wait:
        full_at, wait = pace.step(full_at, now)
    assert pace.step(full_at, now + wait * 0.99)[1] > 0
    assert pace.step(full_at, now + wait)[1] == 0


@pytest.mark.parametrize("jump", [-3_600.0, -1e9])
def test_a_clock_that_is_set_back_costs_a_bucket_at_most(jump: float):
    pace = Pace.of("10/minute", 3, 0)
    full_at, _ = pace.step(1e9, 1e9)
    now = 1e9 + jump
    full_at, wait = pace.step(full_at, now)
    assert 0 < wait <= pace.interval
    assert pace.step(full_at, now + wait)[1] == 0
