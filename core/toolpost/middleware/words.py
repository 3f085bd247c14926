"""Durations and sizes as people read them."""

from __future__ import annotations

import math

# Seconds, and what so many are called; up to two of the larger unit are said in the smaller one.
SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def duration(seconds: float) -> str:
    """As in `1 second`, `90 seconds`, `24 hours`: never less than it is, since people wait so long."""
    span, unit = next(((span, unit) for span, unit in SPANS if seconds > 2 * span), (1, "second"))
    count = max(1, math.ceil(seconds / span))
    return f"{count} {unit}{'s' * (count != 1)}"


def amount(size: int) -> str:
    """Bytes, as in `12 kB`, `3.4 MB`."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{-(-size // 1000)} kB"
