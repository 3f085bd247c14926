"""What may be kept, for how long and for whom: what tool, result and operator say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from toolpost import Tool, ToolResult

# MCP 2026-07-28: whether an answer is for its caller alone, and for how many milliseconds it is good.
SCOPE, TTL = "cacheScope", "ttlMs"
LONGEST = 1e15
# In the `meta` of a result that is not all that the call asked for, or not yet.
UNFINISHED = ("toolpost/unfinished", "toolpost/partial")


def is_public(tool: Tool) -> bool:
    """Whether a tool says that its answers are the same for every caller."""
    return (tool.meta or {}).get(SCOPE) == "public"


def is_for_all(tool: Tool, result: ToolResult) -> bool:
    """Whether an answer may be given to every caller: the result has the last word, and silence is a no."""
    return bool(result.meta.get(SCOPE, (tool.meta or {}).get(SCOPE)) == "public")


def is_whole(result: ToolResult) -> bool:
    """Whether a result is the answer: no error, nothing half done, nothing that waits for the client."""
    meta = result.meta
    unfinished = any(meta.get(name) for name in UNFINISHED) or meta.get("resultType", "complete") != "complete"
    return not result.is_error and not unfinished


def seconds(tool: Tool, result: ToolResult, ttl: float) -> float:
    """For how many seconds an answer is good: never longer than the operator says."""
    return min(ttl, _said(tool.meta or {}), _said(result.meta))


def _said(meta: Mapping[str, Any]) -> float:
    said = meta.get(TTL)
    # What is no sensible number is no reason to keep an answer for longer.
    if isinstance(said, bool) or not isinstance(said, int | float) or not said < LONGEST:
        return math.inf
    return max(said, 0) / 1000
