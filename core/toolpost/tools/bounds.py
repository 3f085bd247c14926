"""How much arguments may hold before anybody looks at them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from toolpost.errors import InvalidArguments

# What no layer should have to walk through; `[plugins.validation]` is stricter. JSON of a few megabytes holds as much.
VALUES, DEPTH = 100_000, 200
HOLDING = (dict, list, tuple)


def refuse_heaps(arguments: Mapping[str, Any]) -> None:
    """Refuse what would keep the first layer busy for seconds; most arguments are a few plain values.

    Raises:
        InvalidArguments: they hold more than `VALUES` values, or nest deeper than `DEPTH`.
    """
    if len(arguments) > VALUES or any(isinstance(value, HOLDING) for value in arguments.values()):
        measure(arguments, DEPTH, VALUES)


def measure(arguments: Any, depth: int, values: int) -> int:
    """About how many characters arguments hold.

    Raises:
        InvalidArguments: they nest deeper than `depth`, hold more than `values` values, or a number that JSON has not.
    """
    size, level, seen = 0, [arguments], 0
    for _ in range(depth + 1):
        seen += len(level)
        if seen > values:
            raise InvalidArguments(f"the arguments hold more than {values} values")
        below: list[Any] = []
        for value in level:
            match value:
                case str():
                    size += len(value)
                case dict():
                    below.extend(value.values())
                    size += sum(map(len, value))
                case list() | tuple():
                    below.extend(value)
                case float() if not math.isfinite(value):
                    raise InvalidArguments("a number is not finite; JSON has no NaN and no Infinity")
        if not below:
            return size
        level = below
    raise InvalidArguments(f"the arguments nest deeper than {depth} levels")
