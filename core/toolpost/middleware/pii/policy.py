"""The settings of the layer, ready to use, and the words for what it does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from toolpost.middleware.pii.finding import Finder
from toolpost.middleware.pii.fitting import Fitting
from toolpost.middleware.pii.masking import Masking
from toolpost.middleware.pii.placeholders import Placeholders

DOES = {"partial": "partly mask", "placeholder": "replace"}
DONE = {
    "mask": "masked",
    "partial": "partly masked",
    "hash": "hashed",
    "drop": "dropped",
    "placeholder": "replaced",
    "refuse": "refused",
}


@dataclass(frozen=True)
class Policy:
    """The settings of the layer, ready to use: what is done by direction and type."""

    finder: Finder
    actions: Mapping[str, Mapping[str, str]]
    key: bytes
    fitting: Fitting

    def work(self, text: str) -> float:
        """How much work a text is, in characters; for a recogniser even a short one is much."""
        return math.inf if self.finder.recogniser is not None else len(text)

    def masking(self, direction: str, placeholders: Placeholders) -> Masking:
        """How texts of one call are masked that go in a direction."""
        own = direction == "arguments"
        return Masking(self.finder, self.actions[direction], self.key, placeholders, own)

    def refused(self, direction: str, counts: Iterable[str]) -> list[str]:
        """Those of the types found that are refused."""
        return sorted(name for name in counts if self.actions[direction][name] == "refuse")

    def summary(self, direction: str, counts: Counter[str], verbs: Mapping[str, str]) -> str:
        """What is done with what was found, such as `masked 2 EMAIL`."""
        done = ((self.actions[direction][name], name) for name in self.actions[direction] if counts[name])
        return ", ".join(f"{verbs.get(action, action)} {counts[name]} {name}" for action, name in done)


def listed(names: Iterable[str]) -> str:
    """At most five of them: a place is a path of the caller's own making."""
    known = [name[:80] or "the arguments" for name in names]
    return ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")
