"""Tools of a server of the SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcp.server.mcpserver import Context as SDKContext
from mcp.server.mcpserver.tools import Tool as SDKTool
from mcp_types import CallToolResult, ToolAnnotations

from toolpost.adopt import registered
from toolpost.adopt.requests import Requests
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

# What toolpost's policies read, and MCP has no word for: a tool says it in its `meta`, as "toolpost/billable".
NATURE = ("billable", "cacheable", "timeout", "provider", "task")


def tools(requests: Requests) -> Iterator[Tool]:
    """Each tool with its own words and schemas."""
    for tool in registered.tools(requests.server):
        hints = tool.annotations or ToolAnnotations()
        meta = dict(tool.meta or {})
        nature = {name: meta.pop(f"toolpost/{name}") for name in NATURE if f"toolpost/{name}" in meta}
        yield Tool(
            _function(requests, tool),
            name=tool.name,
            title=tool.title or hints.title,
            description=tool.description,
            input_schema=tool.parameters,
            output_schema=tool.output_schema,
            read_only=hints.read_only_hint,
            destructive=hints.destructive_hint,
            idempotent=hints.idempotent_hint,
            open_world=hints.open_world_hint,
            meta=meta or None,
            **nature,
        )


def _function(requests: Requests, tool: SDKTool) -> Callable[..., Any]:
    async def call(arguments: Mapping[str, Any], context: Context) -> ToolResult:
        async def run(given: SDKContext[Any, Any]) -> Any:
            return await tool.run(dict(arguments), given, convert_result=True)

        return _result(await requests.run(tool.name, "tools/call", context, run))

    async def call_alone(arguments: Mapping[str, Any]) -> ToolResult:
        async def run(given: SDKContext[Any, Any]) -> Any:
            return await tool.run(dict(arguments), given, convert_result=True)

        return _result(await requests.run_alone(tool.name, run))

    # A tool that cannot report or ask is answered without a stream.
    return call if tool.context_kwarg is not None or tool.resolved_params else call_alone


def _result(answer: CallToolResult) -> ToolResult:
    return ToolResult(
        tuple(answer.content), answer.structured_content, is_error=bool(answer.is_error), meta=answer.meta or {}
    )
