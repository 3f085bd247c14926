"""What a person reads before a call is made that a rule wants confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from toolpost.canonical import canonical_digest
from toolpost.config.secrets import HIDDEN, SECRET
from toolpost.middleware.policy.rule import Rule, kind_of
from toolpost.tools.call import ToolCall

# Characters of a value, items of an object or list, and levels that are shown.
LONGEST, MOST, DEEPEST = 200, 12, 3
CUT = "…"


def question(call: ToolCall, rule: Rule) -> str:
    """The call in a few lines: what, of which plugin, with which arguments, and why it is asked."""
    tool = call.tool
    what = tool.name if kind_of(tool) == "tool" else f"{kind_of(tool)} {tool.name}"
    head = f"May {_line(call.context.principal)[:LONGEST]} call {what}" + (
        f" of {tool.plugin}?" if tool.plugin else "?"
    )
    seen = {key: _pruned(value) for key, value in list(call.arguments.items())[:MOST]}
    lines = [f"  {_line(key)[:LONGEST]}: {_shown(key, value)}" for key, value in seen.items()]
    return "\n".join([head, *lines, *_rest(call, seen), *([rule.reason] if rule.reason else [])])


def _rest(call: ToolCall, seen: dict[str, Any]) -> Iterator[str]:
    """A line about what is not shown. Its mark keeps a yes to one call from being a yes to one that looks like it."""
    whole = _open(dict(call.arguments))
    if _open(seen) != whole or any(len(_text(value)) >= LONGEST for value in seen.values()):
        yield f"  {CUT} not all is shown (mark {canonical_digest(whole, 6).hex()})"


def _pruned(value: Any, depth: int = 0) -> Any:
    """A value with no more in it than is shown."""
    match value:
        case dict() | list() if depth == DEEPEST:
            return CUT if value else value
        case dict():
            some = list(value.items())[:MOST]
            kept = {key: HIDDEN if SECRET.search(key) else _pruned(item, depth + 1) for key, item in some}
            return kept | ({CUT: len(value) - MOST} if len(value) > MOST else {})
        case list():
            return [_pruned(item, depth + 1) for item in value[:MOST]] + [CUT] * (len(value) > MOST)
        case str() if len(value) > 2 * LONGEST:
            return value[: 2 * LONGEST] + CUT
        case _:
            return value


def _open(value: Any) -> Any:
    """A value without what is hidden: a mark must not help to guess a password."""
    match value:
        case dict():
            return {key: HIDDEN if SECRET.search(key) else _open(item) for key, item in value.items()}
        case list():
            return [_open(item) for item in value]
        case _:
            return value


def _shown(key: str, value: Any) -> str:
    return HIDDEN if SECRET.search(key) else _text(value)


def _text(value: Any) -> str:
    text = _line(_without_keys(json.dumps(value, ensure_ascii=False)))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + CUT


def _without_keys(text: str) -> str:
    # The detector takes a while to make, and few installations confirm anything.
    from toolpost.middleware.pii.detector import Detector

    masked, _ = Detector(["API_KEY"], []).mask(text, {}, b"")
    return masked


def _line(text: str) -> str:
    """A text that can write nothing on a screen but itself: no control, no hidden and no turning characters."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
