"""Times are kept in buckets that tell quantiles within a tenth."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.metrics.latency import BOUNDS, SHOWN, bucket, cumulative, quantile

TIMES = st.floats(min_value=2e-5, max_value=900)


def test_what_is_shown_to_prometheus_are_bounds_of_buckets():
    assert set(SHOWN) <= set(BOUNDS) | {100.0, 200.0, 500.0}
    assert set(SHOWN) <= set(BOUNDS)
    assert list(BOUNDS) == sorted(set(BOUNDS))


@given(st.lists(TIMES, min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_right_within_a_tenth(times: list[float], share: float):
    exact = sorted(times)[math.ceil(share * len(times)) - 1]
    assert 0.9 * exact <= quantile(Counter(map(bucket, times)), share) <= 1.1 * exact


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_no_time_is_lost(times: list[float]):
    shown = cumulative(Counter(map(bucket, times)))
    assert shown[-1] == ("+Inf", len(times))
    for bound, number in shown[:-1]:
        assert number == sum(time <= float(bound) for time in times)


def test_without_calls_there_is_no_quantile():
    assert quantile({}, 0.99) == 0.0
