"""Placeholders that can be undone: what stands for what in one call, and nowhere else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

MARK = re.compile(r"<[A-Z][A-Z0-9_]*_[1-9][0-9]*>")
# Longer than any mark: what begins with "<" and is longer is none.
LONGEST = 48
UNSAFE = re.compile(r'["\\\x00-\x1f]')


@dataclass(eq=False)
class Placeholders:
    """The placeholders of one call: the same value has the same one, wherever in the call it stands.

    Numbers are given in the order in which values come, so the rounds of a
    stateless call, which begin with the same arguments, number them alike.
    `originals` holds those that the caller's own values were given: only
    these are undone. Nothing here may outlive the call.
    """

    originals: dict[str, str] = field(default_factory=dict, repr=False)
    _marks: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _taken: set[str] = field(default_factory=set, repr=False)
    _numbers: Counter[str] = field(default_factory=Counter, repr=False)

    def avoid(self, texts: Iterable[str]) -> None:
        """Give no number that the caller wrote as a placeholder by hand: it would be undone as another's."""
        for text in texts:
            if "<" in text:
                self._taken.update(MARK.findall(text))

    def mark(self, type_: str, value: str, *, own: bool) -> str:
        """The placeholder of a value; one that the caller brought, his `own`, can be undone."""
        mark = self._marks.get((type_, value)) or self._next(type_)
        self._marks[type_, value] = mark
        if own:
            self.originals[mark] = value
        return mark

    def text(self, text: str, path: object = ()) -> str:
        """The text with the caller's own values in the place of their placeholders; one that is JSON stays JSON."""
        if "<" not in text:
            return text
        known = [self.originals[mark] for mark in MARK.findall(text) if mark in self.originals]
        if not known:
            return text
        if text[:1] in ("{", "[") and any(map(UNSAFE.search, known)):
            return self._in_json(text)
        return self._replaced(text)

    def value(self, value: Any, path: object = ()) -> Any:
        """A JSON value with the same done to all its texts, keys included."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(name): self.value(item) for name, item in value.items()}
            case list():
                return [self.value(item) for item in value]
        return value

    def _replaced(self, text: str) -> str:
        return MARK.sub(lambda found: self.originals.get(found[0], found[0]), text)

    def _in_json(self, text: str) -> str:
        try:
            value = from_json(text, allow_inf_nan=False)
        except ValueError:
            return self._replaced(text)
        return to_json(self.value(value), indent=2 if "\n" in text else None).decode()

    def _next(self, type_: str) -> str:
        while True:
            self._numbers[type_] += 1
            if (mark := f"<{type_}_{self._numbers[type_]}>") not in self._taken:
                return mark


class Restoring:
    """Undoes placeholders in a text that comes in pieces."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be sent: all but the beginning of what may become a placeholder."""
        text = self._held + text
        if "<" not in text:
            self._held = ""
            return text
        at = text.rfind("<")
        held = at if at >= 0 and len(text) - at < LONGEST and ">" not in text[at:] else len(text)
        self._held = text[held:]
        return self._placeholders.text(text[:held])

    def end(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return rest
