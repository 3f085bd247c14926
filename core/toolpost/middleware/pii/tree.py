"""Walks JSON values: gathers the texts in them, and rewrites what is personal where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from toolpost.errors import Refused
from toolpost.middleware.pii.detector import Detector

DEPTH = 100
# Shorter whole numbers are amounts, times and row numbers; the types are those that longer ones can be.
LONG_NUMBER = 10**12
NUMERIC = frozenset({"CREDIT_CARD", "CN_ID"})


def texts(value: Any) -> list[str]:
    """All texts in a JSON value: strings, keys, and numbers long enough to name a person.

    Raises:
        Refused: it nests too deeply to be looked at.
    """
    gathered: list[str] = []
    level = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                gathered.append(item)
            elif kind is dict:
                gathered += item
                below += item.values()
            elif kind is list:
                below += item
            elif digits := long_number(item):
                gathered.append(digits)
        if not below:
            return gathered
        level = below
    raise Refused(f"this nests deeper than {DEPTH} levels, which no policy looks into; send it flatter")


def long_number(value: Any) -> str:
    """The digits of a number that may be the number of a card or a person, else nothing."""
    if type(value) is int and LONG_NUMBER <= abs(value) < 10**20:
        return str(abs(value))
    if type(value) is float and LONG_NUMBER <= abs(value) < 1e20 and value.is_integer():
        return str(int(abs(value)))
    return ""


@dataclass
class Rewriting:
    """One rewriting of arguments or of a result, and what was found on the way: counts and places, never values."""

    detector: Detector
    actions: Mapping[str, str]
    key: bytes
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, None] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)

    def value(self, value: Any, place: str = "", depth: int = DEPTH) -> Any:
        """A JSON value with everything personal in it replaced."""
        if type(value) is str:
            return self.text(value, place, depth)
        if type(value) is dict:
            return self._members(value, place, depth - 1)
        if type(value) is list:
            return [self.value(item, f"{place}[{index}]", depth - 1) for index, item in enumerate(value)]
        if digits := long_number(value):
            return self._number(value, digits, place)
        return value

    def text(self, text: str, place: str, depth: int = DEPTH) -> str:
        """A text with everything personal in it replaced; one that is JSON stays JSON."""
        masked, counts = self.detector.mask(text, self.actions, self.key)
        if not counts:
            return text
        if text[:1] in ("{", "[") and depth > 1 and (rewritten := self._json(text, place, depth - 1)) is not None:
            return rewritten
        self._found(counts, place)
        return masked

    def _members(self, value: Mapping[str, Any], place: str, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, item in value.items():
            key = self.text(name, place or "a name", 0)
            # Two people may have become the same key.
            distinct, number = key, 2
            while key != name and (distinct in members or distinct in value):
                distinct, number = f"{key} ({number})", number + 1
            members[distinct] = self.value(item, f"{place}.{distinct}" if place else distinct, depth)
        return members

    def _number(self, value: Any, digits: str, place: str) -> Any:
        found = self.detector.find(digits)
        if len(found) != 1 or found[0].type not in NUMERIC or found[0].end - found[0].start != len(digits):
            return value
        self.numbers.append(place)
        masked, counts = self.detector.mask(digits, self.actions, self.key)
        self._found(counts, place)
        return masked

    def _json(self, text: str, place: str, depth: int) -> str | None:
        """The text rewritten as the JSON that it is, None if it is none or if that would not help."""
        try:
            value = from_json(text, allow_inf_nan=False)
            texts(value)
            inner = Rewriting(self.detector, self.actions, self.key)
            rewritten = to_json(inner.value(value, place, depth), indent=2 if "\n" in text else None).decode()
        except (ValueError, Refused):
            return None
        if not inner.counts or self.detector.find(rewritten):
            return None
        self.counts += inner.counts
        self.places |= inner.places
        return rewritten

    def _found(self, counts: Counter[str], place: str) -> None:
        self.counts += counts
        self.places[place] = None


def joined(gathered: Iterable[str]) -> str:
    """Texts as one, for a single pass: no pattern reaches across a line break and finds more than it would alone."""
    return "\n".join(gathered)
