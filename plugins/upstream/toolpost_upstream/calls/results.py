"""Results of servers, as toolpost's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import TextContent

from toolpost import ToolResult
from toolpost.kit import Block, read_block
from toolpost_upstream.offers.definitions import meta, unforged
from toolpost_upstream.wires.wire import JSONObject

# In the `meta` of a prompt's result: who says each block (as `toolpost.adopt` has it).
ROLES = "toolpost/roles"
# Blocks of one answer: each costs time that all calls share.
BLOCKS = 1000


def tool_result(wire: JSONObject) -> ToolResult:
    """What a tool answered."""
    found = wire.get("content")
    content = _blocks(found) if isinstance(found, list) else ()
    structured = wire.get("structuredContent")
    about: Mapping[str, Any] = meta(wire) if "_meta" in wire else {}
    return ToolResult(content, structured, wire.get("isError") is True, about)


def read_result(wire: JSONObject) -> ToolResult:
    """What a resource reads as: each part as an embedded resource of its own address."""
    found = wire.get("contents")
    parts = [{"type": "resource", "resource": one} for one in found] if isinstance(found, list) else []
    return ToolResult(_blocks(parts), meta=meta(wire))


def prompt_result(wire: JSONObject) -> ToolResult:
    """What a prompt says, with who says it."""
    found = wire.get("messages")
    said = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    content = _blocks([one.get("content") for one in said])
    roles = ["assistant" if one.get("role") == "assistant" else "user" for one in said[: len(content)]]
    return ToolResult(content, meta={**meta(wire), ROLES: roles})


def suggested(wire: JSONObject) -> list[str]:
    """The values that a server suggests."""
    found = wire.get("completion")
    values = found.get("values") if isinstance(found, dict) else None
    return [value for value in values if isinstance(value, str)][:100] if isinstance(values, list) else []


def _blocks(wires: Sequence[Any]) -> tuple[Block, ...]:
    """So many content blocks, and one that says how many more there were."""
    content = tuple(map(block, wires[:BLOCKS]))
    left = len(wires) - BLOCKS
    return content if left <= 0 else (*content, TextContent(text=f"[{left} more blocks are left out]"))


def block(wire: Any) -> Block:
    """A content block; one of a kind that nobody here knows says so, and spoils no other."""
    try:
        return read_block(unforged(wire))
    except ValueError:
        kind = str(wire.get("type"))[:32] if isinstance(wire, dict) else type(wire).__name__
        return TextContent(text=f"[content of a kind that cannot be shown: {kind!r}]")
