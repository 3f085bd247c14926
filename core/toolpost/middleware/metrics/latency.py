"""Log-linear buckets of seconds: two digits of a time are kept, so a quantile is right within a tenth."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

# 10 µs to 990 s. A bucket holds what is at most its bound, as in Prometheus.
BOUNDS = tuple(round(digits * 10.0**power, 12) for power in range(-6, 2) for digits in range(10, 100))
# The bounds that Prometheus is shown, each one of the above.
SHOWN = tuple(round(digit * 10.0**power, 12) for power in range(-4, 3) for digit in (1, 2, 5))
QUANTILES = (0.5, 0.95, 0.99)
Buckets = Mapping[int, int]


def bucket(seconds: float) -> int:
    """The number of the bucket that a time falls into."""
    return bisect_left(BOUNDS, seconds)


def quantile(buckets: Buckets, share: float) -> float:
    """The seconds within which this share of calls ended, as if each bucket were filled evenly; 0 without calls."""
    wanted, seen = share * sum(buckets.values()), 0.0
    for number in sorted(buckets):
        if seen + buckets[number] >= wanted:
            low, high = _between(number)
            return low + (high - low) * (wanted - seen) / buckets[number]
        seen += buckets[number]
    return 0.0


def cumulative(buckets: Buckets) -> list[tuple[str, float]]:
    """How many calls ended within each bound that is shown."""
    ends = {bound: bisect_left(BOUNDS, bound) for bound in SHOWN}
    shown = [(f"{bound:g}", float(sum(n for b, n in buckets.items() if b <= end))) for bound, end in ends.items()]
    return [*shown, ("+Inf", float(sum(buckets.values())))]


def _between(number: int) -> tuple[float, float]:
    low = BOUNDS[number - 1] if number else 0.0
    return low, BOUNDS[min(number, len(BOUNDS) - 1)]
