"""What a person reads before a call is made that a rule wants confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from toolpost.canonical import canonical_digest
from toolpost.config.secrets import HIDDEN, SECRET
from toolpost.middleware.policy.rule import Rule
from toolpost.tools.call import ToolCall

if TYPE_CHECKING:
    from toolpost.middleware.pii.detector import Detector

# Characters of a value, items of an object or list, and levels that are shown.
LONGEST, MOST, DEEPEST = 200, 12, 3
CUT = "…"


def question(call: ToolCall, rule: Rule) -> str:
    """The call in a few lines: what, of which plugin, with which arguments, and why it is asked."""
    tool = call.tool
    what = tool.name if tool.kind in ("tool", "model") else f"{tool.kind} {tool.name}"
    head = f"May {_line(call.context.principal)[:LONGEST]} call {what}" + (
        f" of {tool.plugin}?" if tool.plugin else "?"
    )
    seen = {key: _pruned(value) for key, value in list(call.arguments.items())[:MOST]}
    texts = {key: _text(value) for key, value in seen.items()}
    lines = [f"  {_line(key)[:LONGEST]}: {_shown(key, text)}" for key, text in texts.items()]
    is_cut = any(len(text) >= LONGEST for text in texts.values())
    return "\n".join([head, *lines, *_rest(call, seen, is_cut=is_cut), *([rule.reason] if rule.reason else [])])


def _rest(call: ToolCall, seen: dict[str, Any], *, is_cut: bool) -> Iterator[str]:
    """A line about what is not shown. Its mark keeps a yes to one call from being a yes to one that looks like it."""
    whole = _open(dict(call.arguments))
    if is_cut or _open(seen) != whole:
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


def _shown(key: str, text: str) -> str:
    return HIDDEN if SECRET.search(key) else text


def _text(value: Any) -> str:
    text = _line(_without_keys(json.dumps(value, ensure_ascii=False)))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + CUT


def _without_keys(text: str) -> str:
    masked, _ = _detector().mask(text, {}, b"")
    return masked


@cache
def _detector() -> Detector:
    """What finds keys: it takes a while to make, and few installations confirm anything."""
    from toolpost.middleware.pii.detector import Detector

    return Detector(["API_KEY"], [])


def _line(text: str) -> str:
    """A text that can write nothing on a screen but itself: no control, no hidden and no turning characters."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
