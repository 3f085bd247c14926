"""What a caller is told who came too often."""

from __future__ import annotations

import math

from toolpost.errors import Unavailable
from toolpost.middleware.words import duration

LIMITS = "toolpost/limits"


def refusal(tool: str, rule: str, limit: str, wait: float, waiting: int) -> Unavailable:
    """The error for a call that is not made now, and when it is worth another try."""
    wait = math.ceil(wait * 1000) / 1000
    error = Unavailable(f"{tool} is limited to {limit}; try again in {duration(wait)}", retry_after=wait)
    error.meta = {LIMITS: {"retry_after": wait, "rule": rule, "limit": limit, "waiting": waiting}}
    return error
