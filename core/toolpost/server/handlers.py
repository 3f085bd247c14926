"""What the host answers to requests for tools, resources and prompts: ours come in, wire forms go out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    EmptyResult,
    GetPromptRequestParams,
    ReadResourceRequestParams,
    SetLevelRequestParams,
)
from pydantic import ValidationError

from toolpost.cancellation import forgive, is_scoped
from toolpost.crash import account
from toolpost.errors import ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server import wire
from toolpost.server.answering import Answering, Request, is_stateless
from toolpost.server.callers import principal_of
from toolpost.server.connections import session_of
from toolpost.server.listing import sendable
from toolpost.server.watching import RESOURCE_NOT_FOUND
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.server.tasks.run import Run
    from toolpost.server.tasks.tasks import Tasks

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
    """The SDK's handlers."""

    def __init__(self, host: Host, answering: Answering) -> None:
        self._host = host
        self._answering = answering

    async def call_tool(self, ctx: Request, params: CallToolRequestParams) -> Any:
        """Answer `tools/call`."""
        return await self.call(ctx, params.name, params.arguments, params)

    async def call(self, ctx: Request, name: str, arguments: dict[str, Any] | None, params: Any = None) -> Any:
        """Call a tool; `params` are those of a request that brings answers to questions."""
        stateless = is_stateless(ctx)
        try:
            if stateless and (tool := self._outliving(name)) is not None:
                answer = await self.tasks.call(ctx, tool, arguments, params)
            else:
                answer = await self.result(ctx, name, arguments, params)
        except ToolError as error:
            return wire.error(error, stateless=stateless)
        return wire.result(answer, stateless=stateless) if type(answer) is ToolResult else answer

    async def result(
        self, ctx: Request, name: str, arguments: dict[str, Any] | None, params: Any, task: Run | None = None
    ) -> Any:
        """What a call answers, or what the client must answer first; raises as `Answering` does."""

        async def call(context: Context) -> ToolResult:
            return await self._host.call(name, arguments, context)

        return await self._answering(ctx, params, call, lambda: self._host.tools.get(name), arguments, task)

    @cached_property
    def tasks(self) -> Tasks:
        """Calls that outlive their requests, made for the first tool that has such."""
        from toolpost.server.tasks.tasks import Tasks

        return Tasks(self._host, self.result)

    def _outliving(self, name: str) -> Tool | None:
        tool = self._host.tools.get(name)
        return None if tool is None or tool.outlives == "never" else tool

    async def list_tools(self, ctx: Request, params: Any) -> Any:
        """Answer `tools/list`."""
        principal, stateless = principal_of(ctx), is_stateless(ctx)
        apps = wire.pages(self._host.resources_of(principal))
        form = partial(wire.tool, stateless=stateless, apps=apps)
        tools = sendable("tools/list", ctx.protocol_version, self._host.tools_of(principal), form)
        return wire.listed("tools", tools, stateless=stateless)

    async def list_resources(self, ctx: Request, params: Any) -> Any:
        """Answer `resources/list`."""
        found = (item for item in self._host.resources_of(principal_of(ctx)) if not item.is_template)
        items = sendable("resources/list", ctx.protocol_version, found, wire.resource)
        return wire.listed("resources", items, stateless=is_stateless(ctx))

    async def list_templates(self, ctx: Request, params: Any) -> Any:
        """Answer `resources/templates/list`."""
        found = (item for item in self._host.resources_of(principal_of(ctx)) if item.is_template)
        items = sendable("resources/templates/list", ctx.protocol_version, found, wire.resource)
        return wire.listed("resourceTemplates", items, stateless=is_stateless(ctx))

    async def read_resource(self, ctx: Request, params: ReadResourceRequestParams) -> Any:
        """Answer `resources/read`."""
        uri, stateless = str(params.uri), is_stateless(ctx)

        async def read(context: Context) -> Any:
            try:
                item, answer = await self._host.read(uri, context)
            except UnknownTool as error:
                raise MCPError(INVALID_PARAMS if stateless else RESOURCE_NOT_FOUND, str(error), {"uri": uri}) from None
            return wire.contents(item, uri, answer, stateless=stateless)

        return await self._answering.protocol(ctx, params, read, lambda: self._resource(uri), data={"uri": uri})

    async def list_prompts(self, ctx: Request, params: Any) -> Any:
        """Answer `prompts/list`."""
        found = self._host.prompts_of(principal_of(ctx))
        items = sendable("prompts/list", ctx.protocol_version, found, wire.prompt)
        return wire.listed("prompts", items, stateless=is_stateless(ctx))

    async def get_prompt(self, ctx: Request, params: GetPromptRequestParams) -> Any:
        """Answer `prompts/get`."""

        async def fill(context: Context) -> Any:
            prompt = self._host.prompts.get(params.name)
            answer = await self._host.prompt(params.name, params.arguments, context)
            assert prompt is not None  # else the host would not have answered
            return wire.messages(prompt, answer, stateless=is_stateless(ctx))

        return await self._answering.protocol(ctx, params, fill, lambda: self._prompt(params.name), params.arguments)

    async def set_level(self, ctx: Request, params: SetLevelRequestParams) -> EmptyResult:
        """Answer `logging/setLevel`."""
        session_of(ctx).level = params.level
        return EmptyResult()

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema by which the SDK checks the headers of a call."""
        tool = self._host.tools.get(name)
        return tool.input_schema if tool else None

    def _resource(self, uri: str) -> Tool | None:
        return next((item.tool for item in self._host.resources if item.match(uri) is not None), None)

    def _prompt(self, name: str) -> Tool | None:
        found = self._host.prompts.get(name)
        return found.tool if found else None
