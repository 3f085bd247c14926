"""The texts of a result, and the result with them rewritten; pictures, sounds and blobs are never looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from toolpost.middleware.pii.tree import Rewriting, texts
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block

LINK = ("uri", "name", "title", "description")
EMBEDDED = ("uri", "text")


def result_texts(result: ToolResult) -> list[str]:
    """All texts of a result."""
    gathered: list[str] = []
    for block in result.content:
        if block.type == "text":
            gathered.append(block.text)
        elif block.type == "resource_link":
            gathered += _texts(block, LINK)
        elif block.type == "resource":
            gathered += _texts(block.resource, EMBEDDED)
        if block.meta:
            gathered += texts(block.meta)
    if result.structured is not None:
        gathered += texts(result.structured)
    if result.meta:
        gathered += texts(dict(result.meta))
    return gathered


def rewritten(result: ToolResult, rewriting: Rewriting) -> ToolResult:
    """The result with everything personal in its texts replaced."""
    return replace(
        result,
        content=tuple(_block(block, f"content[{index}]", rewriting) for index, block in enumerate(result.content)),
        structured=rewriting.value(result.structured, "structured"),
        meta=rewriting.value(dict(result.meta), "meta"),
    )


def _block(block: Block, place: str, rewriting: Rewriting) -> Block:
    changes: dict[str, Any] = {}
    if block.type == "text":
        changes = _changes(block, ("text",), place, rewriting.text)
    elif block.type == "resource_link":
        changes = _changes(block, LINK, place, rewriting.text)
    elif block.type == "resource":
        inner = _changes(block.resource, EMBEDDED, place, rewriting.text)
        changes = {"resource": block.resource.model_copy(update=inner)} if inner else {}
    if block.meta and (meta := rewriting.value(block.meta, place)) != block.meta:
        changes["meta"] = meta
    return block.model_copy(update=changes) if changes else block


def _texts(holder: object, fields: tuple[str, ...]) -> list[str]:
    return [str(value) for name in fields if (value := getattr(holder, name, None)) is not None]


def _changes(holder: object, fields: tuple[str, ...], place: str, rewrite: Callable[[str, str], str]) -> dict[str, str]:
    changes: dict[str, str] = {}
    for name in fields:
        value = getattr(holder, name, None)
        if value is not None and (text := rewrite(str(value), place)) != str(value):
            changes[name] = text
    return changes
