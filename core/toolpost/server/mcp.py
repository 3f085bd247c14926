"""The host as an MCP server: the SDK's kernel with handlers that end in `Host.call`."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from toolpost.deferred import defer

defer("mcp", "mcp.server")

from mcp.server.context import ServerRequestContext  # noqa: E402 - after what it imports is deferred
from mcp.server.lowlevel.server import Server  # noqa: E402
from mcp.shared.exceptions import MCPError  # noqa: E402
from mcp_types import (  # noqa: E402
    INVALID_PARAMS,
    CallToolRequestParams,
    GetPromptRequestParams,
    InputRequiredResult,
    ReadResourceRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS  # noqa: E402

from toolpost import __version__  # noqa: E402
from toolpost.errors import ToolError, UnknownTool  # noqa: E402
from toolpost.host import Host  # noqa: E402
from toolpost.server import wire  # noqa: E402
from toolpost.server.asking import Seal, asker  # noqa: E402
from toolpost.server.clients import client_of  # noqa: E402
from toolpost.server.listing import Lists  # noqa: E402
from toolpost.tools.context import Context, InputRequired  # noqa: E402

Request = ServerRequestContext[Any, Any]


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
        **offers,
    )
    if not _is_traced():
        server.middleware.clear()
    server.middleware += [Lists(), Seal()]
    return server


class Handlers:
    """The SDK's handlers. They are the border: ours come in, wire forms go out."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def call_tool(self, ctx: Request, params: CallToolRequestParams) -> Any:
        stateless = _is_stateless(ctx)

        async def call(context: Context) -> Any:
            answer = await self.host.call(params.name, params.arguments, context)
            return wire.result(answer, stateless=stateless)

        try:
            return await self._answer(ctx, params, call)
        except ToolError as error:
            return wire.error(error)

    async def list_tools(self, ctx: Request, params: Any) -> Any:
        stateless = _is_stateless(ctx)
        return {"tools": [wire.tool(tool, stateless=stateless) for tool in self.host.tools.values()]}

    async def list_resources(self, ctx: Request, params: Any) -> Any:
        return {"resources": [wire.resource(item) for item in self.host.resources if not item.is_template]}

    async def list_templates(self, ctx: Request, params: Any) -> Any:
        return {"resourceTemplates": [wire.resource(item) for item in self.host.resources if item.is_template]}

    async def read_resource(self, ctx: Request, params: ReadResourceRequestParams) -> Any:
        async def read(context: Context) -> Any:
            item, answer = await self.host.read(params.uri, context)
            return wire.contents(item, params.uri, answer)

        return await self._protocol(ctx, params, read, {"uri": params.uri})

    async def list_prompts(self, ctx: Request, params: Any) -> Any:
        return {"prompts": [wire.prompt(item) for item in self.host.prompts.values()]}

    async def get_prompt(self, ctx: Request, params: GetPromptRequestParams) -> Any:
        async def fill(context: Context) -> Any:
            answer = await self.host.prompt(params.name, params.arguments, context)
            return wire.messages(self.host.prompts[params.name], answer)

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
