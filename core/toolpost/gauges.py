"""Numbers that a plugin shows to an operator: read when metrics are, never on a call's path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    """A number that goes up and down, such as the length of a queue.

    `name` is Prometheus' (`toolpost_limits_waiting`). `read` gives the number,
    or one for each value of `label`; keep those few.
    """

    name: str
    help: str
    read: Callable[[], float | Mapping[str, float]]
    label: str = "name"
