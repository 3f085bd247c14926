"""What the person reads."""

from __future__ import annotations

import json

from toolpost import ToolCall

LONGEST, MOST = 120, 10


def question(call: ToolCall, why: str) -> str:
    """The call in a few lines.

    The arguments are a model's, and may have been led astray: as JSON, none of
    them can write lines of its own into the question.
    """
    tool = call.tool
    head = f"May {tool.name}{f' of {tool.plugin}' if tool.plugin else ''} run? It {why}."
    lines = [f"  {_short(name)}: {_short(value)}" for name, value in list(call.arguments.items())[:MOST]]
    more = [f"  … and {len(call.arguments) - MOST} more"] if len(call.arguments) > MOST else []
    return "\n".join([head, *lines, *more])


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
