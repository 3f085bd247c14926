"""One call that may leave its request behind."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, InputRequiredResult, TextContent

from toolpost.cancellation import is_real
from toolpost.crash import account
from toolpost.errors import ToolError, Unavailable
from toolpost.middleware.ledger.orders import Order
from toolpost.middleware.ledger.ticket import Status, Ticket
from toolpost.middleware.ledger.tickets import Tickets
from toolpost.server.answering import Request
from toolpost.server.tasks import forms
from toolpost.server.tasks.peer import TaskPeer
from toolpost.server.tasks.questions import Questions
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost")
# What takes no longer is answered at once, in seconds.
MOMENT = 0.25
# A status is a line, and not a text.
LONGEST = 500
UNANSWERABLE: dict[str, Any] = {"code": INTERNAL_ERROR, "message": "this call cannot be answered"}
Answered = ToolResult | InputRequiredResult
Work = Callable[["Run"], Awaitable[Answered]]


class Run:
    """A call in a task of the host, for a client that can come back for its result.

    It leaves its request behind when the ledger has written it down, where it
    costs money; else when it takes more than a moment or asks something; or,
    where the tool says so itself, when it says so. Until then it is a call
    like any other, and ends with its request.
    """

    def __init__(self, tickets: Tickets, tool: Tool, work: Work) -> None:
        self.questions = Questions(self._changed)
        self._tickets, self._tool, self._work = tickets, tool, work
        self._context = Context()
        self._ticket: Ticket | None = None
        self._created: Ticket | None = None
        self._adopted, self._said = False, ""
        self._job: str | None = None
        self._may_leave = True
        self._ending: Answered | BaseException | None = None
        self._scope = anyio.CancelScope()
        self._lock = anyio.Lock()
        self._stirred, self._answerable = anyio.Event(), anyio.Event()

    @property
    def ticket(self) -> Ticket:
        """How it stands, once it has left."""
        assert self._ticket is not None
        return self._ticket

    @property
    def has_left(self) -> bool:
        """As `Departure.has_left`."""
        return self._ticket is not None

    @property
    def is_asking(self) -> bool:
        """As `Departure.is_asking`."""
        return bool(self.questions.pending)

    async def asks_aside(self) -> bool:
        """As `Departure.asks_aside`."""
        return await self.leave() if self._leaves_by_itself else self.has_left

    def begun(self, job: str) -> None:
        """As `Departure.begun`."""
        if self._job is None:
            self._job = job
            self._stirred.set()

    def peer(self, ctx: Request, params: Any, stateless: bool, words: Callable[[str], str]) -> TaskPeer:
        """The client of this call."""
        return TaskPeer(ctx, params, stateless, words, self)

    def adopt(self, context: Context) -> None:
        """This is the call's context; whoever comes back has all the time that the work takes."""
        self._context, report = context, context.report
        context.departure = self
        if self._leaves_by_itself:
            context.client = replace(context.client, call_seconds=None)

        async def tell(done: float, total: float | None, message: str | None) -> None:
            # Kept before it leaves, too: while the ticket is written, the work goes on.
            self._said = _status(done, total, message)
            if self._ticket is not None:
                self._changed()
            elif report is not None:
                await report(done, total, message)

        context.report = tell

    async def answered(self) -> Any:
        """What the request is answered with: the result, or the task that will have it.

        Raises:
            Exception: the call failed, and is no task.
        """
        try:
            with anyio.move_on_after(self._moment):
                await self._stirred.wait()
            if self._leaves_by_itself:
                await self.leave()
            await self._answerable.wait()
        except BaseException:
            # Nobody has heard of the task, so nobody will come back for it.
            self._scope.cancel()
            raise
        if self._created is not None:
            return forms.created(self._created)
        if isinstance(self._ending, BaseException):
            raise self._ending
        return self._ending

    async def leave(self) -> bool:
        """Leave the request behind, if that can be; whether it has."""
        async with self._lock:
            if self._ticket is None and self._can_leave:
                with anyio.CancelScope(shield=True):
                    await self._leave()
            return self._ticket is not None

    async def fly(self) -> None:
        """Make the call; whatever comes of it is kept for whoever asks."""
        try:
            with self._scope:
                self._ending = await self._attempt()
        finally:
            with anyio.CancelScope(shield=True):
                await self._land()

    async def obey(self, order: Order) -> None:
        """Do what the client wants."""
        if order.cancel:
            self._scope.cancel()
        if order.answers:
            self.questions.take(order.answers)

    @property
    def _leaves_by_itself(self) -> bool:
        return self._tool.outlives != "released"

    @property
    def _moment(self) -> float:
        # What costs money leaves when the ledger has it, and not before: by its name it can be found.
        return MOMENT if self._leaves_by_itself and not self._tool.billable else math.inf

    @property
    def _can_leave(self) -> bool:
        is_known = self._job is not None or not (self._tool.billable and self._leaves_by_itself)
        return self._may_leave and is_known and not self._answerable.is_set()

    async def _leave(self) -> None:
        try:
            ticket = await self._tickets.open(self._tool, self._context, self._job or "", self)
        except Unavailable as error:
            log.warning("a call of %s is answered in its request: %s", self._tool.name, error)
            ticket = None
        if ticket is None:
            self._may_leave = False
            return
        self._created, self._adopted = ticket, self._tickets.running.get(ticket.job) is not self
        if self._adopted:
            # An equal call has left with this job already, and its result is for both.
            self._scope.cancel()
        self._ticket = ticket
        self._changed()
        self._stirred.set()
        self._answerable.set()

    async def _attempt(self) -> Answered | BaseException:
        try:
            return await self._work(self)
        except BaseException as error:
            if is_real(error):
                raise
            return error

    async def _land(self) -> None:
        async with self._lock:
            self._stirred.set()
            self._answerable.set()
            if self._ticket is None or self._adopted:
                return
            if self._ending is None and not self._scope.cancel_called:
                await self._tickets.abandon(self._ticket)
            else:
                self._ticket = await self._closed(self._ticket)

    async def _closed(self, ticket: Ticket) -> Ticket:
        try:
            return await self._tickets.close(ticket, _kept(self._ending))
        except Exception as error:
            # What stands around this task is the ledger, which others need.
            log.error("a task of %s cannot be ended as it should\n%s", self._tool.name, "\n".join(account(error)))
            return await self._tickets.close(ticket, UNANSWERABLE)

    def _changed(self) -> None:
        """Questions came or went, or the work advanced."""
        if self._ticket is None or self._ticket.is_over or self._adopted:
            return
        requests = self.questions.requests
        status: Status = "input_required" if requests else "working"
        before = self._ticket
        if (status, requests, self._said) == (before.status, before.requests, before.said):
            return
        self._ticket = before.now(status, self._tickets.now, requests=requests, said=self._said)
        self._tickets.tell(before.job)
        # Progress is for those who ask here; of every word of it written down the disk would hear all day.
        if requests != before.requests and self._tickets.begin is not None:
            self._tickets.begin(self._save)

    async def _save(self) -> None:
        async with self._lock:
            if self._ticket is not None and not (self._adopted or self._ticket.is_over):
                await self._tickets.save(self._ticket)


def _status(done: float, total: float | None, message: str | None) -> str:
    if message:
        return _sendable(message)[:LONGEST]
    return f"{done:g} of {total:g}" if total is not None else f"{done:g}"


def _kept(ending: Any) -> ToolResult | dict[str, Any] | None:
    """How a task ended, as a ticket has it."""
    match ending:
        case None | ToolResult():
            return ending
        case ToolError():
            text = TextContent(type="text", text=_sendable(str(ending)))
            return ToolResult((text,), is_error=True, meta=ending.meta or {})
        case MCPError(error=error):
            return error.model_dump(by_alias=True, mode="json", exclude_none=True)
    if isinstance(ending, BaseException):
        log.error("a task cannot be ended as it should\n%s", "\n".join(account(ending)))
    return UNANSWERABLE


def _sendable(text: str) -> str:
    """A text without halves of characters, which no JSON can hold."""
    return text.encode(errors="replace").decode()
