"""Walks JSON values: gathers the texts in them, and rewrites what is personal where it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from toolpost.errors import Refused
from toolpost.middleware.pii.binary import SHORT, is_binary
from toolpost.middleware.pii.masking import Masking
from toolpost.middleware.pii.naming import context, is_plain

DEPTH = 100
# Shorter whole numbers are amounts, times and row numbers; the types are those that longer ones can be.
LONG_NUMBER = 10**12
# Where the name of a field says what its number is, the shortest telephone number.
NAMED_NUMBER = 10**6
NUMERIC = frozenset({"CREDIT_CARD", "CN_ID"})
# Numbers that look like a part of another one until they are read as JSON.
UNSEEN = re.compile(r"\[\s*[0-9]{7,20}\s*,|[0-9]{7,20}\.0+\b")

Path = tuple[str | int, ...]


def texts(value: Any) -> list[str]:
    """All texts in a JSON value: strings, keys, and numbers long enough to name a person.

    Raises:
        Refused: it nests too deeply to be looked at.
    """
    gathered: list[str] = []
    level: list[tuple[str, Any]] = [("", value)]
    for _ in range(DEPTH):
        below: list[tuple[str, Any]] = []
        for said, item in level:
            kind = type(item)
            if kind is str:
                if len(item) < SHORT or not is_binary(item):
                    gathered.append(f'{said}{item}"' if said else item)
            elif kind is dict:
                for name, member in item.items():
                    if not is_plain(name):
                        gathered.append(name)
                    below.append((context(name), member))
            elif kind is list:
                below += [(said, member) for member in item]
            elif digits := long_number(item, said):
                gathered.append(f'{said}{digits}"' if said else digits)
        if not below:
            return gathered
        level = below
    raise Refused(f"this nests deeper than {DEPTH} levels, which no policy looks into; send it flatter")


def long_number(value: Any, said: str = "") -> str:
    """The digits of a number that may be the number of a card or a person, else nothing."""
    least = NAMED_NUMBER if said else LONG_NUMBER
    if type(value) is int and least <= abs(value) < 10**20:
        return str(abs(value))
    if type(value) is float and least <= abs(value) < 1e20 and value.is_integer():
        return str(int(abs(value)))
    return ""


@dataclass
class Rewriting:
    """One rewriting of arguments or of a result, and what was found on the way: counts and places, never values.

    `spots` are the paths of strings and numbers that were replaced as a whole
    or in part, each with a type that was found there.
    """

    masking: Masking
    counts: Counter[str] = field(default_factory=Counter)
    spots: dict[Path, str] = field(default_factory=dict)
    numbers: bool = False
    renamed: bool = False

    def value(self, value: Any, path: Path = (), depth: int = DEPTH) -> Any:
        """A JSON value with everything personal in it replaced."""
        if type(value) is str:
            return self.text(value, path, depth)
        if type(value) is dict:
            return self._members(value, path, depth - 1)
        if type(value) is list:
            return [self.value(item, (*path, index), depth - 1) for index, item in enumerate(value)]
        if type(value) in (int, float) and abs(value) >= NAMED_NUMBER:
            return self._number(value, _said(path), path)
        return value

    def text(self, text: str, path: Path = (), depth: int = DEPTH) -> str:
        """A text with everything personal in it replaced; one that is JSON stays JSON."""
        if len(text) >= SHORT and is_binary(text):
            return text
        said = _said(path)
        masked, counts = self.masking.text(text, said, '"' if said else "")
        may_be_json = depth > 1 and text[:1] in ("{", "[")
        if not counts and not (may_be_json and UNSEEN.search(text)):
            return text
        if may_be_json and (read := self._json(text, path, depth - 1, counts)) is not None:
            rewritten, found = read
            self._found(found, path)
            return rewritten if found else text
        if not counts:
            return text
        self._found(counts, path)
        return masked

    @property
    def places(self) -> list[str]:
        """Where something was found, as a person reads it."""
        return list(dict.fromkeys(map(place, self.spots)))

    def _members(self, value: Mapping[str, Any], path: Path, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, item in value.items():
            key = name if is_plain(name) else self.text(name, (), 0)
            # Two people may have become the same key.
            distinct, number = key, 2
            while key != name and (distinct in members or distinct in value):
                distinct, number = f"{key} ({number})", number + 1
            self.renamed |= key != name
            members[distinct] = self.value(item, (*path, distinct), depth)
        return members

    def _number(self, value: float, said: str, path: Path) -> Any:
        digits, after = long_number(value, said), '"' if said else ""
        if not digits:
            return value
        found = [span for span in self.masking.finder.patterns(said + digits + after) if span.end > len(said)]
        if len(found) != 1 or found[0][:2] != (len(said), len(said) + len(digits)):
            return value
        if not said and found[0].type not in NUMERIC:
            return value
        masked, counts = self.masking.text(digits, said, after)
        if not counts:
            return value
        self.numbers = True
        self._found(counts, path)
        return masked

    def _json(self, text: str, path: Path, depth: int, seen: Counter[str]) -> tuple[str, Counter[str]] | None:
        """The text rewritten as the JSON that it is, and what was found; None if it is none or nests too deeply."""
        try:
            value = from_json(text, allow_inf_nan=False)
            texts(value)
            inner = Rewriting(self.masking)
            rewritten = to_json(inner.value(value, path, depth), indent=2 if "\n" in text else None).decode()
        except (ValueError, Refused):
            return None
        masked, left = self.masking.text(rewritten)
        # A bare number that only its surroundings make look personal is none, and a mark would break the JSON.
        if left and is_json(masked):
            return masked, inner.counts + left
        # What was seen and is gone stood in a member that a later one of the same name replaces.
        return rewritten, inner.counts or seen - left

    def _found(self, counts: Counter[str], path: Path) -> None:
        if counts:
            self.counts += counts
            self.spots[path] = next(iter(counts))


def is_json(text: str) -> bool:
    """Whether a text is one JSON value."""
    try:
        from_json(text, allow_inf_nan=False)
    except ValueError:
        return False
    return True


def _said(path: Path) -> str:
    """What the nearest name around a value says of it."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    return context(name)


def place(path: Path) -> str:
    """A path as a person reads it: `to[0].mail`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def joined(gathered: Iterable[str]) -> str:
    """Texts as one, for a single pass: no pattern reaches across a line break and finds more than it would alone."""
    return "\n".join(gathered)
