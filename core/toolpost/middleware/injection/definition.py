"""What a tool says of itself, as one text that is the same for the same definition."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
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


CLEAN = Judgement(frozenset(), False)


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


def without_hidden(tool: Tool) -> tuple[Tool, Counter[str]]:
    """The tool without hidden characters in what clients are shown of it."""
    counts: Counter[str] = Counter()
    words = text(tool.words, counts)
    title = None if tool.title is None else text(tool.title, counts)
    given, returned = tree(dict(tool.input_schema), counts), tree(_plain(tool.output_schema), counts)
    if not counts:
        return tool, counts
    return tool.with_words(description=words, title=title, input_schema=given, output_schema=returned), counts


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
