"""One call that may leave its request behind."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
from mcp_types import InputRequiredResult

from toolpost.cancellation import is_real
from toolpost.errors import Unavailable
from toolpost.middleware.ledger.orders import Order
from toolpost.middleware.ledger.ticket import Ticket
from toolpost.middleware.ledger.tickets import Tickets
from toolpost.server.answering import Request
from toolpost.server.tasks import forms
from toolpost.server.tasks.live import LiveTicket
from toolpost.server.tasks.peer import TaskPeer
from toolpost.server.tasks.questions import Questions
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost")
# What takes no longer is answered at once, in seconds.
MOMENT = 0.25
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
        self._tickets, self._tool, self._work = tickets, tool, work
        self._context = Context()
        self._live = LiveTicket(tickets)
        self._created: Ticket | None = None
        self._job: str | None = None
        self._may_leave = True
        self._ending: Answered | BaseException | None = None
        self._scope = anyio.CancelScope()
        self._lock = anyio.Lock()
        self._stirred, self._answerable = anyio.Event(), anyio.Event()

    @property
    def ticket(self) -> Ticket:
        """How it stands, once it has left."""
        assert self._live.ticket is not None
        return self._live.ticket

    @property
    def questions(self) -> Questions:
        """What it asks its client."""
        return self._live.questions

    @property
    def has_left(self) -> bool:
        """As `Departure.has_left`."""
        return self._live.ticket is not None

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
            self._live.say(done, total, message)
            if report is not None and not self.has_left:
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
            if not self.has_left and self._can_leave:
                with anyio.CancelScope(shield=True):
                    await self._leave()
            return self.has_left

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
        is_shared = self._tickets.running.get(ticket.job) is not self
        if is_shared:
            # An equal call has left with this job already, and its result is for both.
            self._scope.cancel()
        self._created = ticket
        self._live.take(ticket, is_shared=is_shared)
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
            if self._live.ticket is None or self._live.is_shared:
                return
            if self._ending is None and not self._scope.cancel_called:
                await self._tickets.abandon(self._live.ticket)
            else:
                await self._live.close(self._ending)
