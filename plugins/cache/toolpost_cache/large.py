"""Whether work on a value is to be done in a thread."""

from __future__ import annotations

from collections.abc import Mapping

# Characters beyond which it holds up other calls: a millisecond's work.
LARGE = 250_000
# What looking at a value costs, however short it is, in characters.
EACH = 64


def is_large(value: object) -> bool:
    """Whether a JSON value is; stops to count once it knows."""
    left, total = [value], 0
    while left and total <= LARGE:
        item = left.pop()
        total += EACH
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, Mapping):
            left += item.values()
        elif isinstance(item, list | tuple):
            left += item
    return total > LARGE
