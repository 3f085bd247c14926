"""Takes a flight from the look into the book to its last line there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_hex

import anyio

from toolpost.cancellation import is_real, is_scoped
from toolpost.crash import failure
from toolpost.errors import ToolError, Unavailable
from toolpost.middleware.ledger.book import Book, Entry
from toolpost.middleware.ledger.flight import Flight
from toolpost.middleware.ledger.money import Bill, Till
from toolpost.middleware.ledger.record import JSONObject, Record, Standing, State, standing, state_after
from toolpost.middleware.ledger.sentences import NOT_KEPT, meta_of, replayed, unknown
from toolpost.middleware.ledger.shelf import Shelf
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import InputRequired

USAGE = "toolpost/usage"
# How often a job of another process is looked at, in seconds: first and at most.
FIRST_LOOK, LONGEST_LOOK = 0.05, 0.5


@dataclass(frozen=True)
class Carrier:
    """What a flight needs: the book, the shelf, the till, and for how many seconds answers count.

    `window` tells it of a tool by name.
    """

    book: Book
    shelf: Shelf
    till: Till
    clock: Callable[[], float]
    window: Callable[[str], float]
    blocked: float

    async def carry(self, flight: Flight) -> None:
        """Fly: afterwards there is an ending, unless the flight was cancelled."""
        try:
            admitted = await self._admit(flight)
            if admitted is not None:
                await self._run(flight, *admitted)
        except ToolError as error:
            flight.ending = error
        except BaseException as error:
            if is_real(error):
                raise
            seen = failure(error, flight.call)
            flight.ending = seen if isinstance(seen, ToolError) else None

    async def standing(self, record: Record) -> Standing:
        """What a record means now; what this process runs is in the air, so what is not has ended."""
        mine = record.process == self.book.process
        alive = record.state == "running" and not mine and await self.book.is_alive(record)
        window = self.window(record.tool)
        return standing(record, alive=alive, now=self.clock(), window=window, blocked=self.blocked)

    async def _admit(self, flight: Flight) -> tuple[Entry, Bill] | None:
        """The record of a new job; None where the ending is known without one."""
        pause = FIRST_LOOK
        while True:
            before = await self.book.at(flight.place)
            match await self.standing(before.record) if before else Standing.FREE:
                case Standing.RUNNING if before:
                    flight.name(before.record.job)
                    await anyio.sleep(pause)
                    pause = min(2 * pause, LONGEST_LOOK)
                    continue
                case Standing.KEPT if before and before.record.result is not None:
                    flight.job = before.record.job
                    flight.ending = replayed(before.record, await self.shelf.restore(before.record.result))
                    return None
                case Standing.UNKNOWN if before:
                    raise unknown(before.record, self.blocked)
            if opened := await self._open(flight, before):
                return opened

    async def _open(self, flight: Flight, before: Entry | None) -> tuple[Entry, Bill] | None:
        bill = await self.till.reserve(flight.call)
        entry = None
        try:
            entry = await self.book.open(self._record(flight, bill), before)
        finally:
            if entry is None:
                await self.till.release(bill)
        return (entry, bill) if entry else None

    def _record(self, flight: Flight, bill: Bill) -> Record:
        owner, _, call = flight.place.partition(":")
        return Record(
            job=f"{call[:8]}-{token_hex(16)}",
            owner=owner,
            call=call,
            principal=flight.call.context.principal,
            tool=flight.call.tool.name,
            process=self.book.process,
            state="running",
            started=self.clock(),
            estimate=bill.estimate,
            reserved=bill.reserved,
            kind=flight.call.tool.kind,
        )

    async def _run(self, flight: Flight, entry: Entry, bill: Bill) -> None:
        if is_scoped():
            await self._take_back(entry, bill)
            return
        flight.departed = True
        flight.name(entry.record.job)
        try:
            result = _checked(await flight.call_next(flight.inner_call()))
        except InputRequired as required:
            await self._take_back(entry, bill)
            flight.ending = required
        except BaseException as error:
            if is_real(error):
                by_caller = flight.scope.cancel_called and not flight.is_ending
                stopped = "its caller stopped it" if by_caller else "toolpost ended while it ran"
                await self._fail(entry, bill, ToolError(stopped))
                raise
            flight.ending = await self._fail(entry, bill, _as_tool_error(error, flight.call))
        else:
            flight.ending = await self._finish(entry, bill, result)

    async def _take_back(self, entry: Entry, bill: Bill) -> None:
        with anyio.CancelScope(shield=True):
            await self.book.release(entry)
            await self.till.release(bill)

    async def _fail(self, entry: Entry, bill: Bill, error: ToolError) -> ToolError:
        record = entry.record.end(state_after(error), self.clock(), str(error))
        with anyio.CancelScope(shield=True):
            await self.book.close(entry, record)
            if not record.is_paid:
                await self.till.release(bill)
        error.meta = {**error.meta, **meta_of(record)}
        return error

    async def _finish(self, entry: Entry, bill: Bill, result: ToolResult) -> ToolResult:
        # Paid for: it is written down, whatever ends meanwhile.
        with anyio.CancelScope(shield=True):
            record = await self._kept(entry.record, result)
            written = await self.book.close(entry, record)
            await self.till.settle(bill, record.cost)
        lost = {} if written and record.result is not None else {"kept": False}
        return replace(result, meta={**result.meta, **meta_of(record, replayed=False, **lost)})

    async def _kept(self, record: Record, result: ToolResult) -> Record:
        usage = result.meta.get(USAGE)
        found: JSONObject = {"usage": usage, "cost": self.till.cost(usage)}
        state: State = "failed" if result.is_error else "finished"
        try:
            return record.end(state, self.clock(), result=await self.shelf.keep(result), **found)
        except (Unavailable, ValueError):
            return record.end("finished", self.clock(), NOT_KEPT, cost=found["cost"])


def _checked(result: ToolResult) -> ToolResult:
    if type(result) is not ToolResult:
        raise TypeError(f"a layer answered {type(result).__name__}, not a ToolResult")
    return result


def _as_tool_error(error: BaseException, call: ToolCall) -> ToolError:
    seen = failure(error, call)
    return seen if isinstance(seen, ToolError) else ToolError(f"{call.tool.name} failed")
