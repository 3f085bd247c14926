"""What a server says of one thing that it offers, without what it has no right to say."""

from __future__ import annotations

import re
from typing import Any

from toolpost_upstream.wires.wire import JSONObject

# What toolpost's own parts tell each other, and what the protocol says of a message.
OURS = re.compile(
    r"toolpost(?![a-z0-9])|io\.modelcontextprotocol/(serverInfo|subscriptionId|related-task)$", re.IGNORECASE
)
# Of a single block the protocol's own words are toolpost's to say, all of them: it is what clients speak to.
RESERVED = re.compile(r"toolpost(?![a-z0-9])|io\.modelcontextprotocol[./]", re.IGNORECASE)


def meta(item: JSONObject) -> JSONObject:
    """What stands in `_meta`, for clients."""
    found = item.get("_meta")
    return {key: value for key, value in found.items() if not OURS.match(key)} if isinstance(found, dict) else {}


def unforged(block: Any) -> Any:
    """A content block, and the resource in one, without what its server has no right to say in their `_meta`."""
    if not isinstance(block, dict):
        return block
    inside = block.get("resource")
    if isinstance(inside, dict) and "_meta" in inside:
        block = {**block, "resource": _unforged(inside)}
    return _unforged(block) if "_meta" in block else block


def _unforged(item: JSONObject) -> JSONObject:
    found = item["_meta"]
    if not isinstance(found, dict):
        return item
    kept = {key: value for key, value in found.items() if not RESERVED.match(key)}
    rest = {key: value for key, value in item.items() if key != "_meta"}
    return {**rest, "_meta": kept} if kept else rest


def text(item: JSONObject, key: str) -> str | None:
    """A text, None where there is none."""
    value = item.get(key)
    return value if isinstance(value, str) else None


def hint(item: JSONObject, key: str) -> bool | None:
    """What a tool says of its nature, None where it says nothing."""
    annotations = item.get("annotations")
    value: Any = annotations.get(key) if isinstance(annotations, dict) else None
    return value if isinstance(value, bool) else None


def title(item: JSONObject) -> str | None:
    """The title, which older servers put with the hints."""
    annotations = item.get("annotations")
    return text(item, "title") or (text(annotations, "title") if isinstance(annotations, dict) else None)
