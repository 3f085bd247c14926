"""The methods of the extension, and `tools/call` for tools whose calls may outlive their requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import HEADER_MISMATCH, INTERNAL_ERROR, METHOD_NOT_FOUND, RequestParams

from toolpost.errors import ToolError, Unavailable
from toolpost.host import Host
from toolpost.middleware.ledger.orders import Order
from toolpost.middleware.ledger.ticket import Ticket
from toolpost.middleware.ledger.tickets import Tickets
from toolpost.server.answering import is_stateless
from toolpost.server.callers import caller_of, principal_of
from toolpost.server.tasks import TASKS, forms, tickets_of
from toolpost.server.tasks.forms import JSONObject, TaskParams, UpdateParams
from toolpost.server.tasks.run import Run
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

Request = ServerRequestContext[Any, Any]
# The call itself: by whom, of which tool, with what, the parameters of the request, and as which run.
Result = Callable[[Request, str, dict[str, Any] | None, Any, Run | None], Awaitable[Any]]
Entries = dict[str, tuple[type[RequestParams], Callable[[Any, Any], Awaitable[Any]]]]


class Tasks:
    """What the server does for clients that come back."""

    def __init__(self, host: Host, result: Result) -> None:
        self._host = host
        self._result = result

    @property
    def entries(self) -> Entries:
        """Which method is answered by what."""
        return {
            "tasks/get": (TaskParams, self.get),
            "tasks/update": (UpdateParams, self.update),
            "tasks/cancel": (TaskParams, self.cancel),
        }

    async def call(self, ctx: Request, tool: Tool, arguments: dict[str, Any] | None, params: Any) -> Any:
        """Answer `tools/call`: with its result, or with the task that will have it.

        Raises:
            MCPError: the tool is for clients that come back, and this one does not say so.
            ToolError: the call failed at once.
        """
        tickets, principal = tickets_of(self._host), principal_of(ctx)
        if tickets is None or not self._host.offers.shows(tool, principal):
            return await self._result(ctx, tool.name, arguments, params, None)
        if not declares(ctx):
            if tool.outlives == "required":
                raise forms.missing()
            return await self._result(ctx, tool.name, arguments, params, None)
        if tickets.begin is None or not tickets.has_room(principal):
            return await self._result(ctx, tool.name, arguments, params, None)
        run = Run(tickets, tool, partial(self._result, ctx, tool.name, arguments, params))
        tickets.begin(run.fly)
        return await run.answered()

    async def get(self, ctx: Request, params: TaskParams) -> JSONObject:
        """Answer `tasks/get`."""
        return await self.detailed(await self._ticket(ctx, params.task_id))

    async def update(self, ctx: Request, params: UpdateParams) -> JSONObject:
        """Answer `tasks/update`: answers that nothing waits for are let go."""
        ticket = await self._ticket(ctx, params.task_id)
        if answers := forms.answers(ticket, params.input_responses):
            await self._order(ticket, Order(answers=answers))
        return {}

    async def cancel(self, ctx: Request, params: TaskParams) -> JSONObject:
        """Answer `tasks/cancel`; one that is over stays as it ended."""
        ticket = await self._ticket(ctx, params.task_id)
        if not ticket.is_over:
            await self._order(ticket, Order(cancel=True))
        return {}

    async def known(self, ctx: Request, job: str) -> Ticket | None:
        """A caller's task as it stands, None where there is none; one whose process died is brought to its end."""
        tickets = self.tickets
        ticket = await tickets.find(principal_of(ctx), job)
        return ticket and await tickets.settled(ticket, partial(self._claimed, ctx))

    async def detailed(self, ticket: Ticket) -> JSONObject:
        """A task with what it brought, in wire form."""
        result = await self.tickets.result(ticket) if ticket.status == "completed" else None
        return forms.detailed(ticket, result)

    @property
    def tickets(self) -> Tickets:
        """Where tasks are written down."""
        found = tickets_of(self._host)
        assert found is not None  # the methods are not served without
        return found

    async def _ticket(self, ctx: Request, job: str) -> Ticket:
        allow(ctx)
        _check_header(ctx, job)
        try:
            ticket = await self.known(ctx, job)
        except Unavailable as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from None
        if ticket is None:
            raise forms.unknown()
        return ticket

    async def _order(self, ticket: Ticket, order: Order) -> None:
        try:
            await self.tickets.order(ticket, order)
        except Unavailable as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from None

    async def _claimed(self, ctx: Request, job: str) -> ToolResult:
        """The result of a job whose task did not live to have it, through the layers that stand around `claim_job`."""
        claiming = self.tickets.desk.claiming
        tool = self._host.tools.get(claiming.name, claiming)
        context, caller = Context(principal=principal_of(ctx), surface="mcp"), caller_of(ctx)
        if caller is not None:
            context.surface, context.scopes = "http", caller.scopes
        try:
            return await self._host.answer(ToolCall(tool, {"job": job}, context))
        except ToolError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from None


def declares(ctx: Request) -> bool:
    """Whether the client says with this request that it knows tasks."""
    capabilities = ctx.session.client_capabilities
    return capabilities is not None and TASKS in (capabilities.extensions or {})


def allow(ctx: Request) -> None:
    """Refuse a request that is of another era, or does not declare the extension.

    Raises:
        MCPError: it is.
    """
    if not is_stateless(ctx):
        raise MCPError(METHOD_NOT_FOUND, "Method not found", ctx.method)
    if not declares(ctx):
        raise forms.missing()


def _check_header(ctx: Request, job: str) -> None:
    """Over HTTP the task stands in a header, too (ext-tasks, routing headers), which the SDK does not look at."""
    headers = ctx.request.headers if ctx.request is not None else None
    if headers is not None and decode_header_value(headers.get(MCP_NAME_HEADER)) != job:
        text = f"{MCP_NAME_HEADER} header does not match the request body's 'taskId' parameter"
        raise MCPError(HEADER_MISMATCH, text)
