"""The texts of a result, and the result with them rewritten; pictures, sounds and blobs are never looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from toolpost.middleware.pii.binary import SHORT, is_binary, is_handle
from toolpost.middleware.pii.tree import Path, texts
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block

LINK = ("uri", "name", "title", "description")
EMBEDDED = ("uri", "text")


class Rewrites(Protocol):
    """What makes new texts and values of old ones."""

    def text(self, text: str, path: Path) -> str: ...

    def value(self, value: Any, path: Path) -> Any: ...


def result_texts(result: ToolResult) -> list[str]:
    """All texts of a result."""
    gathered: list[str] = []
    for block in result.content:
        if block.type == "text":
            if len(block.text) < SHORT or not is_binary(block.text):
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


def rewritten(result: ToolResult, rewrites: Rewrites) -> ToolResult:
    """The result with all its texts rewritten."""
    return replace(
        result,
        content=tuple(_block(block, ("content", index), rewrites) for index, block in enumerate(result.content)),
        structured=rewrites.value(result.structured, ("structured",)),
        meta=rewrites.value(dict(result.meta), ("meta",)),
    )


def _block(block: Block, path: Path, rewrites: Rewrites) -> Block:
    changes: dict[str, Any] = {}
    if block.type == "text":
        changes = _changes(block, ("text",), path, rewrites.text)
    elif block.type == "resource_link":
        changes = _changes(block, LINK, path, rewrites.text)
    elif block.type == "resource":
        inner = _changes(block.resource, EMBEDDED, path, rewrites.text)
        changes = {"resource": block.resource.model_copy(update=inner)} if inner else {}
    if block.meta and (meta := rewrites.value(block.meta, path)) != block.meta:
        changes["meta"] = meta
    return block.model_copy(update=changes) if changes else block


def _texts(holder: object, fields: tuple[str, ...]) -> list[str]:
    return [text for _, text in _fields(holder, fields)]


def _changes(
    holder: object, fields: tuple[str, ...], path: Path, rewrite: Callable[[str, Path], str]
) -> dict[str, str]:
    given = ((name, text, rewrite(text, path)) for name, text in _fields(holder, fields))
    return {name: new for name, text, new in given if new != text}


def _fields(holder: object, fields: tuple[str, ...]) -> list[tuple[str, str]]:
    given = ((name, getattr(holder, name, None)) for name in fields)
    present = ((name, str(value)) for name, value in given if value is not None)
    return [(name, text) for name, text in present if not (name == "uri" and is_handle(text))]
