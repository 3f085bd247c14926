"""A line of the decision trace of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """One line of the decision trace: which layer decided what. Never holds personal data.

    `decision` is one word of a small set, by which decisions are counted
    ("hit", "masked", "refused", "waited", …); `counts` are its numbers.
    """

    layer: str
    text: str = ""
    decision: str = ""
    counts: Mapping[str, float] = field(default_factory=dict)
