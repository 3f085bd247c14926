"""What the host answers to each request of MCP: the border, where ours come in and wire forms go out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    GetPromptRequestParams,
    InputRequiredResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError

from toolpost.cancellation import forgive, is_scoped
from toolpost.crash import account
from toolpost.errors import ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server import wire
from toolpost.server.asking import Seal, asker
from toolpost.server.calls import Calls
from toolpost.server.clients import client_of
from toolpost.server.listing import Lists, sendable
from toolpost.tools.context import Context, InputRequired

Request = ServerRequestContext[Any, Any]
Handler = Callable[[Any, Any], Awaitable[Any]]
log = logging.getLogger("toolpost")


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

    def requests(self) -> Mapping[str, tuple[type[BaseModel], Handler]]:
        """By method what its parameters are and who answers; only of what the host has."""
        found: dict[str, tuple[type[BaseModel], Handler]] = {
            "tools/list": (PaginatedRequestParams, self.list_tools),
            "tools/call": (CallToolRequestParams, self.call_tool),
        }
        if self.host.resources:
            found["resources/list"] = (PaginatedRequestParams, self.list_resources)
            found["resources/templates/list"] = (PaginatedRequestParams, self.list_templates)
            found["resources/read"] = (ReadResourceRequestParams, self.read_resource)
        if self.host.prompts:
            found["prompts/list"] = (PaginatedRequestParams, self.list_prompts)
            found["prompts/get"] = (GetPromptRequestParams, self.get_prompt)
        return found

    def middleware(self, server_info: dict[str, Any]) -> list[Any]:
        """What stands around every request, outermost first."""
        return [contained, Lists(), Seal(), Calls(self.call, server_info)]

    @property
    def extensions(self) -> dict[str, dict[str, Any]]:
        """The extensions of the protocol that are served: pages, where a plugin has one."""
        return {wire.APPS: {}} if self.apps else {}

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
        tools = sendable("tools/list", ctx.protocol_version, self.host.tools.values(), form)
        return wire.listed("tools", tools, stateless=stateless)

    async def list_resources(self, ctx: Request, params: Any) -> Any:
        found = (item for item in self.host.resources if not item.is_template)
        items = sendable("resources/list", ctx.protocol_version, found, wire.resource)
        return wire.listed("resources", items, stateless=_is_stateless(ctx))

    async def list_templates(self, ctx: Request, params: Any) -> Any:
        found = (item for item in self.host.resources if item.is_template)
        items = sendable("resources/templates/list", ctx.protocol_version, found, wire.resource)
        return wire.listed("resourceTemplates", items, stateless=_is_stateless(ctx))

    async def read_resource(self, ctx: Request, params: ReadResourceRequestParams) -> Any:
        async def read(context: Context) -> Any:
            item, answer = await self.host.read(params.uri, context)
            return wire.contents(item, params.uri, answer, stateless=_is_stateless(ctx))

        return await self._protocol(ctx, params, read, {"uri": params.uri})

    async def list_prompts(self, ctx: Request, params: Any) -> Any:
        items = sendable("prompts/list", ctx.protocol_version, self.host.prompts.values(), wire.prompt)
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
