"""How long to wait before another try, and how to say so."""

from __future__ import annotations

import math
import random

from toolpost.errors import Unavailable
from toolpost.middleware.words import duration


def pause(error: Unavailable, tries: int, first: float, longest: float) -> float:
    """Seconds to wait after so many tries; more than `longest` only where the other side has asked for more.

    Anything up to twice as much each time ("Exponential Backoff And Jitter",
    AWS), on top of what was asked for, or all who were refused would come
    back at one moment.
    """
    own, named = random.uniform(0, min(longest, first * 2 ** (tries - 1))), asked(error)  # noqa: S311 - no secret
    return own if named is None else max(named, min(named + own, longest))


def asked(error: Unavailable) -> float | None:
    """The seconds of a `Retry-After` that makes sense."""
    wait = error.retry_after
    return wait if wait is not None and math.isfinite(wait) and wait >= 0 else None


def final(error: Unavailable, tries: int, seconds: float, rest: float) -> Unavailable:
    """The last error as its caller gets it: how often and how long it was tried, and when it is worth another try."""
    wait = max(asked(error) or 0.0, rest)
    gave_up = f"; gave up after {tries} tries in {seconds:.3g} s" if tries > 1 else ""
    again = f"; try again in {duration(wait)}" if wait else ""
    if not gave_up and not again:
        return error
    last = error.with_text(f"{error}{gave_up}{again}")
    last.retry_after = wait or None
    return last
