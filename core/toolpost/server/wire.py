"""Our tools, results and errors in the form that goes over the wire."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mcp_types import TextContent

from toolpost.errors import ToolError
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block
from toolpost.tools.tool import Tool

JSONObject = dict[str, Any]

# MCP Apps (SEP-1865): the key under `_meta`, the extension's name, the type of its pages.
UI, APPS, APP_TYPE = "ui", "io.modelcontextprotocol/ui", "text/html;profile=mcp-app"
# How clients from before the extension was settled find the page.
OLD_UI = "ui/resourceUri"


def result(answer: ToolResult, *, stateless: bool) -> JSONObject:
    """A `tools/call` result; structured content that is no object waits for clients from 2026-07-28 on."""
    wire: JSONObject = {"content": [block(item) for item in answer.content], **_kind(stateless)}
    if answer.structured is not None and (stateless or isinstance(answer.structured, dict)):
        wire["structuredContent"] = answer.structured
    if answer.is_error:
        wire["isError"] = True
    if answer.meta:
        wire["_meta"] = dict(answer.meta)
    return wire


def error(failure: ToolError, *, stateless: bool) -> JSONObject:
    """A failure as the answer to its call, so that the model reads it."""
    text = {"type": "text", "text": str(failure)}
    wire: JSONObject = {"content": [text], "isError": True, **_kind(stateless)}
    if failure.meta:
        wire["_meta"] = dict(failure.meta)
    return wire


def block(item: Block) -> JSONObject:
    """A content block."""
    if type(item) is TextContent and item.annotations is None and item.meta is None:
        return {"type": "text", "text": item.text}
    return item.model_dump(by_alias=True, mode="json", exclude_none=True)


def tool(item: Tool, *, stateless: bool, apps: Collection[str] = ()) -> JSONObject:
    """A tool as `tools/list` shows it, with its MCP App if that is one of `apps`: nobody can open another."""
    hints = {
        "readOnlyHint": item.read_only,
        "destructiveHint": item.destructive,
        "idempotentHint": item.idempotent,
        "openWorldHint": item.open_world,
    }
    wire: JSONObject = {"name": item.name, "description": item.words, "inputSchema": item.input_schema}
    if item.title:
        wire["title"] = item.title
    # Up to 2025-11-25 a schema of output is that of an object.
    if item.output_schema is not None and (stateless or item.output_schema.get("type") == "object"):
        wire["outputSchema"] = item.output_schema
    if known := {name: hint for name, hint in hints.items() if hint is not None}:
        wire["annotations"] = known
    meta = {**({"toolpost/billable": True} if item.billable else {}), **(item.meta or {})}
    if isinstance(page := meta.get(UI), Mapping) and page.get("resourceUri") not in {None, *apps}:
        del meta[UI]
        meta.pop(OLD_UI, None)
    return {**wire, "_meta": meta} if meta else wire


def pages(resources: Iterable[Resource]) -> frozenset[str]:
    """The addresses of MCP Apps."""
    return frozenset(item.uri for item in resources if item.mime_type == APP_TYPE)


def listed(name: str, items: Iterable[JSONObject], *, stateless: bool) -> JSONObject:
    """A list result."""
    return {name: list(items), **_kind(stateless)}


def resource(item: Resource) -> JSONObject:
    """A resource or template as the lists show it."""
    address = "uriTemplate" if item.is_template else "uri"
    return _known({address: item.uri, "name": item.name, "title": item.title, "description": item.tool.words,
                   "mimeType": item.mime_type, "_meta": item.meta})  # fmt: skip


def contents(item: Resource, uri: str, answer: ToolResult, *, stateless: bool) -> JSONObject:
    """A `resources/read` result."""
    meta = {"_meta": dict(item.meta)} if item.meta else {}
    parts = [{**_content(part, uri, item.mime_type), **meta} for part in map(block, answer.content)]
    return {"contents": parts, **_kind(stateless)}


def prompt(item: Prompt) -> JSONObject:
    """A prompt as `prompts/list` shows it."""
    fields: Mapping[str, Any] = item.tool.input_schema.get("properties", {})
    required = item.tool.input_schema.get("required", ())
    arguments = [
        _known({"name": name, "description": field.get("description"), "required": name in required})
        for name, field in fields.items()
    ]
    return _known({"name": item.name, "title": item.title, "description": item.tool.words, "arguments": arguments})


def messages(item: Prompt, answer: ToolResult, *, stateless: bool) -> JSONObject:
    """A `prompts/get` result: what the person says first."""
    roles = answer.meta.get("toolpost/roles", ())
    said = [
        {"role": roles[number] if number < len(roles) else "user", "content": block(part)}
        for number, part in enumerate(answer.content)
    ]
    return _known({"description": item.tool.words, "messages": said, **_kind(stateless)})


def _kind(stateless: bool) -> JSONObject:
    """From 2026-07-28 on a result says that it is complete; before, the word was unknown."""
    return {"resultType": "complete"} if stateless else {}


def _content(part: JSONObject, uri: str, mime_type: str | None) -> JSONObject:
    match part["type"]:
        case "resource":
            return {**_known({"mimeType": mime_type}), **part["resource"], "uri": uri}
        case "text":
            return {"uri": uri, "mimeType": mime_type or "text/plain", "text": part["text"]}
        case "image" | "audio":
            return {"uri": uri, "mimeType": part["mimeType"], "blob": part["data"]}
        case _:
            return {"uri": uri, "mimeType": "text/uri-list", "text": part["uri"]}


def _known(wire: JSONObject) -> JSONObject:
    return {key: value for key, value in wire.items() if value is not None and value != ""}
