"""Turns of a conversation: no two of them are one call, so they are written down when they are over.

A call is written down before it is made so that nobody pays for it twice. A
turn that nothing names cannot be asked for again, and what a person waits for
need not wait for the disk. What budgets set aside for it is written before.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_hex

import anyio

from toolpost.errors import ToolError, Unavailable
from toolpost.middleware.ledger.book import Book, owner_of
from toolpost.middleware.ledger.money import Bill, Till
from toolpost.middleware.ledger.record import Record, State, state_after
from toolpost.middleware.ledger.sentences import meta_of
from toolpost.tools.call import CallNext, ToolCall, ToolResult

log = logging.getLogger("toolpost.ledger")

USAGE = "toolpost/usage"
# In the arguments of a turn that has a name: the same again is the same turn, and is not paid twice.
NAMED = "key"
SAID = "an answer in a conversation, which is not kept here"
# Records that wait for the disk; above that, the oldest are lost, and the log says so.
MOST = 10_000


def is_passing(call: ToolCall) -> bool:
    """Whether a call is a turn that nothing names."""
    return call.tool.kind == "model" and NAMED not in call.arguments


@dataclass
class Passing:
    """Makes such calls in the task of their caller, and writes them down beside."""

    book: Book
    till: Till
    clock: Callable[[], float]
    _unwritten: deque[tuple[Record, Bill]] = field(default_factory=lambda: deque(maxlen=MOST))
    _wanted: anyio.Event = field(default_factory=anyio.Event)

    async def make(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Make a call, within the budgets."""
        bill = await self.till.reserve(call)
        record = self._record(call, bill)
        try:
            result = await call_next(call)
        except ToolError as error:
            error.meta = {**error.meta, **meta_of(self._over(record, bill, state_after(error), str(error)))}
            raise
        except BaseException:
            self._over(record, bill, "ambiguous", "its caller stopped it")
            raise
        usage = result.meta.get(USAGE)
        record = replace(record, usage=usage, cost=self.till.cost(usage))
        ended = self._over(record, bill, "finished", SAID)
        return replace(result, meta={**result.meta, **meta_of(ended)})

    async def write(self) -> None:
        """Write down what is over, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            await self.flush()

    async def flush(self) -> None:
        """Write down all that is over; what the store does not take now waits for the next time."""
        while self._unwritten:
            record, bill = self._unwritten.popleft()
            try:
                await self.book.add(record)
            except BaseException as error:
                self._unwritten.appendleft((record, bill))
                if not isinstance(error, Unavailable):
                    raise
                log.warning("%d turns are not written down yet: %s", len(self._unwritten), error)
                return
            with anyio.CancelScope(shield=True):
                await (self.till.settle(bill, record.cost) if record.is_paid else self.till.release(bill))

    def _over(self, record: Record, bill: Bill, state: State, said: str) -> Record:
        ended = record.end(state, self.clock(), said)
        if len(self._unwritten) == MOST:
            log.error("a turn is not written down at all: %d wait for the store", MOST)
        self._unwritten.append((ended, bill))
        self._wanted.set()
        return ended

    def _record(self, call: ToolCall, bill: Bill) -> Record:
        digest = token_hex(16)
        return Record(
            job=f"{digest[:8]}-{token_hex(16)}",
            owner=owner_of(call.context.principal),
            call=digest,
            principal=call.context.principal,
            tool=call.tool.name,
            process=self.book.process,
            state="running",
            started=self.clock(),
            estimate=bill.estimate,
            reserved=bill.reserved,
            kind=call.tool.kind,
        )
