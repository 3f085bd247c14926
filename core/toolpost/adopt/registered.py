"""What was registered with a server of the SDK, with its plain functions in threads of toolpost's kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, wraps
from typing import Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.resources import FunctionResource, Resource, ResourceTemplate
from mcp.server.mcpserver.tools import Tool
from mcp.shared._callable_inspection import is_async_callable

from toolpost.tools.threads import in_thread

Item = TypeVar("Item", Tool, FunctionResource, ResourceTemplate, Prompt)


def tools(server: MCPServer[Any]) -> Iterator[Tool]:
    """Its tools."""
    # The SDK's public lists are of what clients see, without the functions.
    for tool in server._tool_manager.list_tools():
        yield tool if tool.is_async else _threaded(tool, is_async=True)


def resources(server: MCPServer[Any]) -> Iterator[Resource]:
    """Its resources with one address."""
    for resource in server._resource_manager.list_resources():
        yield _threaded(resource) if isinstance(resource, FunctionResource) else resource


def templates(server: MCPServer[Any]) -> Iterator[ResourceTemplate]:
    """Its resources with many addresses."""
    return map(_threaded, server._resource_manager.list_templates())


def prompts(server: MCPServer[Any]) -> Iterator[Prompt]:
    """Its prompts."""
    return map(_threaded, server._prompt_manager.list_prompts())


def _threaded(item: Item, **update: Any) -> Item:
    """The same, so that its plain function can be left behind when it hangs.

    The SDK waits for its threads, which are those of the whole process: a
    timeout would not end such a call, and forty of them would end all work.
    """
    function = item.fn
    if is_async_callable(function):
        return item

    @wraps(function)
    async def threaded(*args: Any, **kwargs: Any) -> Any:
        return await in_thread(function, partial(function, *args, **kwargs))

    return item.model_copy(update={"fn": threaded, **update})
