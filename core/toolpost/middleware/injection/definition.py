"""What a tool says of itself, as one text that is the same for the same definition."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from toolpost.middleware.injection.content import escapes, text, tree, unescaped
from toolpost.middleware.injection.detector import Detector
from toolpost.middleware.injection.rules import CODES
from toolpost.tools.tool import Tool

HINTS = ("read_only", "destructive", "idempotent", "open_world")


class Definition(NamedTuple):
    """A tool's definition as text, and its digest."""

    text: str
    digest: str

    @classmethod
    def of(cls, tool: Tool) -> Definition:
        """The definition of a tool; the order of a schema's keys does not matter."""
        said = {
            "name": tool.name,
            "title": tool.title,
            "description": tool.words,
            "input_schema": tool.input_schema,
            "output_schema": tool.output_schema,
            "annotations": {hint: getattr(tool, hint) for hint in HINTS},
        }
        # The same as `canonical_digest` tells apart, at a tenth of its time: 1,000 tools are looked at in one start.
        written = json.dumps(said, sort_keys=True, ensure_ascii=False, default=dict)
        return cls(written, blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest())


class Judgement(NamedTuple):
    """The classes of a definition, and whether anything in it is hidden."""

    classes: frozenset[str]
    hides: bool


class Finding(NamedTuple):
    """The classes of a definition, how many characters are hidden in it, and its words without those.

    `length` is that of the definition, where there are words.
    """

    classes: frozenset[str]
    hidden: int = 0
    words: Mapping[str, Any] | None = None
    length: int = 0

    def clean(self, tool: Tool) -> Tool:
        """The tool without hidden characters in what clients are shown of it."""
        return tool.with_words(**self.words) if self.words is not None else tool


CLEAN = Judgement(frozenset(), False)


def examine(tool: Tool, definition: Definition, detector: Detector) -> Finding:
    """What a definition is like. Takes milliseconds for a long one that hides much."""
    classes, hides = judge(definition.text, detector)
    words, hidden = without_hidden(tool) if hides else (None, 0)
    return Finding(classes, hidden, words, len(definition.text) if hidden else 0)


def judge(written: str, detector: Detector) -> Judgement:
    """What a definition is like; of class `schema` where it is not the description that says it."""
    data = unescaped(written.encode("utf-8", "surrogatepass"))
    if not detector.signs(data):
        return CLEAN
    look = detector.look(data.decode("utf-8", "surrogatepass"))
    found = set(look.flags)
    if found and not detector.look(_description(written)).flags:
        found.add("schema")
    return Judgement(frozenset(found), bool(look.stripped) or escapes(written))


def without_hidden(tool: Tool) -> tuple[dict[str, Any] | None, int]:
    """The words of a tool without hidden characters, as `Tool.with_words` takes them, and how many there were."""
    counts: Counter[str] = Counter()
    words = {
        "description": text(tool.words, counts),
        "title": None if tool.title is None else text(tool.title, counts),
        "input_schema": tree(dict(tool.input_schema), counts),
        "output_schema": tree(_plain(tool.output_schema), counts),
    }
    return (words, counts.total()) if counts else (None, 0)


def codes(found: Iterable[str]) -> list[str]:
    """The classes with the codes that scanners of MCP servers use."""
    return sorted(f"{CODES.get(name, 'W001')} {name}" for name in found)


def is_grave(found: Iterable[str]) -> bool:
    """Whether a class is more than a suspicion."""
    return any(CODES.get(name, "W001") != "W001" for name in found)


def _description(written: str) -> str:
    said: dict[str, Any] = json.loads(written)
    return f"{said['title'] or ''}\n{said['description'] or ''}"


def _plain(schema: Any) -> Any:
    return None if schema is None else dict(schema)
