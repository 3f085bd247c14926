"""What a caller is told who came too often."""

from __future__ import annotations

import math

from toolpost.errors import Unavailable

META = "toolpost/limits"
LONG = 120.0


def refusal(tool: str, rule: str, limit: str, wait: float, waiting: int) -> Unavailable:
    """The error for a call that is not made now, and when it is worth another try."""
    wait = math.ceil(wait * 1000) / 1000
    error = Unavailable(f"{tool} is limited to {limit}; try again in {in_words(wait)}", retry_after=wait)
    error.meta = {META: {"retry_after": wait, "rule": rule, "limit": limit, "waiting": waiting}}
    return error


def in_words(seconds: float) -> str:
    """A time to wait, rounded up: whoever comes back then is not too early."""
    count, unit = (math.ceil(seconds / 60), "minute") if seconds > LONG else (max(1, math.ceil(seconds)), "second")
    return f"{count} {unit}{'s' * (count != 1)}"
