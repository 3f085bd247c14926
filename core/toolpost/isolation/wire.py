"""Tools, calls, results and errors as they go between the host and a plugin's process, and back.

What MCP has words for goes in those; the rest in `_meta`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mcp_types import ContentBlock, TextContent
from pydantic import TypeAdapter

from toolpost.errors import Crash, InvalidArguments, Refused, ToolError, Unavailable
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block
from toolpost.tools.note import Note
from toolpost.tools.tool import Tool

JSONObject = dict[str, Any]
PLUGIN, CALL, NATURE = "toolpost/plugin", "toolpost/call", "toolpost/nature"
ERROR, NOTES, RESULT, MEMORY, REQUIRED = (
    "toolpost/error",
    "toolpost/notes",
    "toolpost/result",
    "toolpost/memory",
    "toolpost/inputRequired",
)
# What a plugin's process is asked about arguments: whether the types of its function read them.
READS = "toolpost/reads"
# A plugin's process that must be replaced says so by this notification.
WORN = "notifications/toolpost/worn"
HINTS = {
    "read_only": "readOnlyHint",
    "destructive": "destructiveHint",
    "idempotent": "idempotentHint",
    "open_world": "openWorldHint",
}
OTHER = ("billable", "cacheable", "foreign", "timeout", "provider", "task")
# Kinds that the host knows; any other error of a tool is a `ToolError`.
KINDS: Mapping[str, type[ToolError]] = {kind.__name__: kind for kind in (InvalidArguments, Refused)}
NOTES_AT_MOST = 100


def tool(item: Tool) -> JSONObject:
    """A tool with all that the host must know of it."""
    nature = {name: getattr(item, name) for name in OTHER}
    nature |= {"raw": item.raw_input is not None, "context": item.takes_context, "meta": item.meta}
    hints = {word: getattr(item, name) for name, word in HINTS.items()}
    return {
        "name": item.name,
        "title": item.title,
        "description": item.words,
        "inputSchema": item.input_schema,
        "outputSchema": item.output_schema,
        "annotations": {word: hint for word, hint in hints.items() if hint is not None},
        "_meta": {NATURE: nature},
    }


def primitive(item: Resource | Prompt) -> JSONObject:
    """A resource, template or prompt."""
    complete = {name: None if callable(one) else list(one) for name, one in item.complete.items()}
    # What they answer is content, whatever its type.
    wire = {**tool(item.tool), "outputSchema": None, "name": item.name, "title": item.title, "complete": complete}
    if isinstance(item, Resource):
        wire |= {"uri": item.uri, "mimeType": item.mime_type, "resourceMeta": item.meta}
    return wire


def result(answer: ToolResult, notes: list[Note]) -> JSONObject:
    """What a call answered."""
    wire: JSONObject = {"content": [block(item) for item in answer.content]}
    if answer.structured is not None:
        wire["structuredContent"] = answer.structured
    if answer.is_error:
        wire["isError"] = True
    if meta := {**answer.meta, **_noted(notes)}:
        wire["_meta"] = meta
    return wire


def error(failure: ToolError, notes: list[Note]) -> JSONObject:
    """How a call failed."""
    kind = next((cls.__name__ for cls in type(failure).__mro__ if cls.__module__ == ToolError.__module__), "ToolError")
    said: JSONObject = {"kind": kind}
    for name in ("retry_after", "reference", "capabilities"):
        if (value := getattr(failure, name, None)) is not None:
            said[name] = value
    text = str(failure).encode("utf-8", "replace").decode()
    return {
        "content": [{"type": "text", "text": text}],
        "isError": True,
        "_meta": {**failure.meta, **_noted(notes), ERROR: said},
    }


def answered(wire: Any, notes: list[Note]) -> ToolResult:
    """The result that was sent; raises the error that was.

    Raises:
        ToolError: that one, of its own kind.
        ValueError: it is neither.
    """
    if not isinstance(wire, dict) or not isinstance(wire.get("content", []), list):
        raise ValueError("this is no result")
    meta = wire.get("_meta") or {}
    notes.extend(_notes(meta.pop(NOTES, ())))
    if isinstance(said := meta.pop(ERROR, None), dict):
        raise _failure(said, wire, meta)
    content = tuple(read_block(block) for block in wire.get("content", ()))
    return ToolResult(content, wire.get("structuredContent"), wire.get("isError") is True, meta)


def _failure(said: JSONObject, wire: JSONObject, meta: JSONObject) -> ToolError:
    text = "\n".join(str(block.get("text", "")) for block in wire["content"])
    match said:
        case {"kind": "Unavailable"}:
            wait = said.get("retry_after")
            failure: ToolError = Unavailable(text, retry_after=wait if isinstance(wait, int | float) else None)
        case {"kind": "Crash", "reference": str(reference)}:
            failure = Crash(text, reference=reference)
        case {"kind": "Refused", "capabilities": list(names)}:
            from toolpost.tools.peer import MissingCapability

            failure = MissingCapability(map(str, names))
        case _:
            failure = KINDS.get(str(said.get("kind")), ToolError)(text)
    failure.meta = meta
    return failure


def block(item: Block) -> JSONObject:
    """A content block as it is sent."""
    if type(item) is TextContent and item.annotations is None and item.meta is None:
        return {"type": "text", "text": item.text}
    return item.model_dump(by_alias=True, mode="json", exclude_none=True)


def read_block(block: Any) -> Block:
    """The content block that was sent; raises `ValueError` for what is none."""
    if isinstance(block, dict) and block.keys() == {"type", "text"} and type(block["text"]) is str:
        return TextContent(text=block["text"])
    found: Block = _blocks().validate_python(block, by_name=False)
    return found


@cache
def _blocks() -> TypeAdapter[Any]:
    return TypeAdapter(ContentBlock)


def _noted(notes: list[Note]) -> JSONObject:
    return {NOTES: [[one.layer, one.text, one.decision, dict(one.counts)] for one in notes]} if notes else {}


def _notes(wire: Any) -> list[Note]:
    found = []
    for one in wire[:NOTES_AT_MOST] if isinstance(wire, list) else ():
        match one:
            case [str(layer), str(text), str(decision), dict(counts)]:
                numbers = {key: value for key, value in counts.items() if isinstance(value, int | float)}
                found.append(Note(layer, text, decision, numbers))
    return found
