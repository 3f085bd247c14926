"""From a request to a call, and from what becomes of it to the protocol's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, MISSING_REQUIRED_CLIENT_CAPABILITY, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from toolpost.errors import Refused, ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server.callers import caller_of
from toolpost.server.clients import client_of
from toolpost.server.reach import Reach
from toolpost.tools.call import ToolCall
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.server.tasks.run import Run as TaskRun

Request = ServerRequestContext[Any, Any]
Run = Callable[[Context], Awaitable[Any]]
# Which tool a request is about, for what it sends before it is answered.
Find = Callable[[], Tool | None]


class Answering:
    """Runs calls with the context of their requests."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def __call__(
        self,
        ctx: Request,
        params: Any,
        run: Run,
        find: Find,
        arguments: Mapping[str, Any] | None = None,
        task: TaskRun | None = None,
    ) -> Any:
        """Run; what is unknown, or must be asked, takes its own wire form. A `task` may leave the request behind.

        Raises:
            MCPError: there is no such thing, or the client lacks what it takes.
            ToolError: the call failed.
        """
        stateless = is_stateless(ctx)
        reach = Reach if task is None else task.peer
        # As it is now: it may have gone when its last words leave, which pass its layers all the same.
        tool = find()
        peer = reach(ctx, params, stateless, lambda text: self._filtered(text, tool, arguments, context))
        session = ctx.session
        context = Context(
            client=client_of(session.client_params, stateless=stateless),
            surface="mcp",
            report=session.report_progress,
            question=peer.question,
            peer=peer,
            carried=(getattr(params, "request_state", None) or "") if stateless else "",
        )
        if ctx.request is not None and (caller := caller_of(ctx)) is not None:
            context.surface, context.principal, context.scopes = "http", caller.principal, caller.scopes
        if task is not None:
            task.adopt(context)
        try:
            return await run(context)
        except UnknownTool as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        except InputRequired as needed:
            return InputRequiredResult(input_requests=dict(needed.requests), request_state=needed.state)
        except Refused as error:
            if stateless and (missing := _missing(error)) is not None:
                raise missing from None
            raise

    async def protocol(
        self,
        ctx: Request,
        params: Any,
        run: Run,
        find: Find,
        arguments: Mapping[str, Any] | None = None,
        data: Any = None,
    ) -> Any:
        """The same for requests whose failures are errors of the protocol; these have `data`."""
        try:
            return await self(ctx, params, run, find, arguments)
        except ToolError as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error), data=data) from None

    def _filtered(self, text: str, tool: Tool | None, arguments: Mapping[str, Any] | None, context: Context) -> str:
        """A text that leaves before the result does, through what layers make of such texts."""
        around = self._host.stream(ToolCall(tool, arguments or {}, context)) if tool is not None else None
        return text if around is None else around.feed(text) + around.end()


def is_stateless(ctx: Request) -> bool:
    """Whether a request is of the era without sessions."""
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS


def _missing(error: Refused) -> MCPError | None:
    """What a client of 2026-07-28 is told that cannot do what a call insists on; None for any other refusal."""
    from toolpost.server.inquiries import required
    from toolpost.tools.peer import MissingCapability

    if not isinstance(error, MissingCapability):
        return None
    data = {"requiredCapabilities": required(error.capabilities)}
    return MCPError(code=MISSING_REQUIRED_CLIENT_CAPABILITY, message=str(error), data=data)
