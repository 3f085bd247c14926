"""The host as an MCP server: the SDK's kernel with handlers that end in `Host.call`."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import mcp_types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    GetPromptRequestParams,
    InputRequiredResult,
    ReadResourceRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from toolpost import __version__
from toolpost.cancellation import forgive, is_scoped
from toolpost.crash import account
from toolpost.deferred import watch
from toolpost.errors import ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server import wire
from toolpost.server.asking import Seal, asker
from toolpost.server.calls import Calls
from toolpost.server.clients import client_of
from toolpost.server.listing import Lists, sendable
from toolpost.tools.context import Context, InputRequired

watch("mcp")

Request = ServerRequestContext[Any, Any]

# How long a client may take a list for fresh, in milliseconds, and that it is for its own eyes only.
LISTED = CacheHint(ttl_ms=60_000, scope="private")
HINTS: dict[CacheableMethod, CacheHint] = {
    "tools/list": LISTED,
    "resources/list": LISTED,
    "resources/templates/list": LISTED,
    "prompts/list": LISTED,
    "resources/read": CacheHint(),
}
log = logging.getLogger("toolpost")


def mcp_server(host: Host) -> Server[Any]:
    """An SDK server that offers what the host has, in both eras."""
    handlers = Handlers(host)
    offers: dict[str, Any] = {"on_list_tools": handlers.list_tools, "on_call_tool": handlers.call_tool}
    if host.resources:
        offers |= {
            "on_list_resources": handlers.list_resources,
            "on_list_resource_templates": handlers.list_templates,
            "on_read_resource": handlers.read_resource,
        }
    if host.prompts:
        offers |= {"on_list_prompts": handlers.list_prompts, "on_get_prompt": handlers.get_prompt}
    server: Server[Any] = Server(
        "toolpost",
        version=__version__,
        # Without it the SDK runs the whole `tools/list` before each call that brings headers.
        get_tool_input_schema=handlers.schema,
        cache_hints=HINTS,
        **offers,
    )
    if handlers.apps:
        server.extensions[wire.APPS] = {}
    if not _is_traced():
        server.middleware.clear()
    server.middleware += [contained, Lists(), Seal(), Calls(handlers.call, server.server_info_stamp)]
    return server


async def contained(ctx: Request, call_next: CallNext) -> HandlerResult:
    """Whatever goes wrong outside the onion, as with an answer that has no wire form, fails one request alone."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise
    except BaseException as error:
        if is_scoped():
            raise
        # In a task that the kernel made for this request, no one else cancels.
        forgive()
        log.error("%s cannot be answered\n%s", ctx.method, "\n".join(account(error)))
        raise MCPError(code=INTERNAL_ERROR, message="this request cannot be answered") from None


class Handlers:
    """The SDK's handlers. They are the border: ours come in, wire forms go out."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.apps = frozenset(item.uri for item in host.resources if item.mime_type == wire.APP_TYPE)

    async def call_tool(self, ctx: Request, params: CallToolRequestParams) -> Any:
        return await self.call(ctx, params.name, params.arguments, params)

    async def call(self, ctx: Request, name: str, arguments: dict[str, Any] | None, params: Any = None) -> Any:
        """Call a tool; `params` are those of a request that brings answers to questions."""
        stateless = _is_stateless(ctx)

        async def call(context: Context) -> Any:
            answer = await self.host.call(name, arguments, context)
            return wire.result(answer, stateless=stateless)

        try:
            return await self._answer(ctx, params, call)
        except ToolError as error:
            return wire.error(error, stateless=stateless)

    async def list_tools(self, ctx: Request, params: Any) -> Any:
        stateless = _is_stateless(ctx)
        form = partial(wire.tool, stateless=stateless, apps=self.apps)
        tools = sendable(mcp_types.Tool, self.host.tools.values(), form)
        return wire.listed("tools", tools, stateless=stateless)

    async def list_resources(self, ctx: Request, params: Any) -> Any:
        found = (item for item in self.host.resources if not item.is_template)
        items = sendable(mcp_types.Resource, found, wire.resource)
        return wire.listed("resources", items, stateless=_is_stateless(ctx))

    async def list_templates(self, ctx: Request, params: Any) -> Any:
        found = (item for item in self.host.resources if item.is_template)
        items = sendable(mcp_types.ResourceTemplate, found, wire.resource)
        return wire.listed("resourceTemplates", items, stateless=_is_stateless(ctx))

    async def read_resource(self, ctx: Request, params: ReadResourceRequestParams) -> Any:
        async def read(context: Context) -> Any:
            item, answer = await self.host.read(params.uri, context)
            return wire.contents(item, params.uri, answer, stateless=_is_stateless(ctx))

        return await self._protocol(ctx, params, read, {"uri": params.uri})

    async def list_prompts(self, ctx: Request, params: Any) -> Any:
        items = map(wire.prompt, self.host.prompts.values())
        return wire.listed("prompts", items, stateless=_is_stateless(ctx))

    async def get_prompt(self, ctx: Request, params: GetPromptRequestParams) -> Any:
        async def fill(context: Context) -> Any:
            answer = await self.host.prompt(params.name, params.arguments, context)
            return wire.messages(self.host.prompts[params.name], answer, stateless=_is_stateless(ctx))

        return await self._protocol(ctx, params, fill, None)

    def schema(self, name: str) -> Any:
        tool = self.host.tools.get(name)
        return tool.input_schema if tool else None

    async def _answer(self, ctx: Request, params: Any, run: Callable[[Context], Awaitable[Any]]) -> Any:
        """Run with the context of this request; what is unknown, or must be asked, takes its own wire form."""
        stateless = _is_stateless(ctx)
        context = Context(
            client=client_of(ctx.session.client_params, stateless=stateless),
            surface="mcp",
            report=ctx.session.report_progress,
            question=asker(ctx, params, stateless=stateless),
        )
        try:
            return await run(context)
        except UnknownTool as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        except InputRequired as required:
            return InputRequiredResult(input_requests=dict(required.requests), request_state=required.state)

    async def _protocol(self, ctx: Request, params: Any, run: Callable[[Context], Awaitable[Any]], data: Any) -> Any:
        """As `_answer`, for requests whose failures are errors of the protocol."""
        try:
            return await self._answer(ctx, params, run)
        except ToolError as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error), data=data) from None


def _is_stateless(ctx: Request) -> bool:
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS


def _is_traced() -> bool:
    """Whether anything would receive the spans that the SDK makes for each message."""
    from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

    return not isinstance(get_tracer_provider(), ProxyTracerProvider) or "OTEL_PYTHON_TRACER_PROVIDER" in os.environ
