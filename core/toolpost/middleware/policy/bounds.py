"""What a rule that lets calls through bounds them by: a time, a rate, so many at once."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from toolpost.errors import Unavailable
from toolpost.middleware.limits.refusal import LIMITS
from toolpost.middleware.policy.rule import Rule
from toolpost.middleware.timeout import late
from toolpost.middleware.words import duration
from toolpost.tools.call import CallNext, ToolCall, ToolResult
from toolpost.tools.context import InputRequired

if TYPE_CHECKING:
    from toolpost.middleware.limits.buckets import OwnBuckets
    from toolpost.middleware.limits.pace import Pace
    from toolpost.middleware.limits.rounds import OpenRounds

# Callers whose rate is remembered for each rule.
CALLERS = 10_000


class Bounds:
    """The bounds of one rule, with who has how much left of them in this process."""

    def __init__(self, number: int, rule: Rule, clock: Callable[[], float]) -> None:
        self.number, self.rule = number, rule
        self._pace = rule.pace()
        self._buckets: OwnBuckets | None = None
        self._rounds: OpenRounds | None = None
        if self._pace is not None:
            self._buckets, self._rounds = _state(clock)

    async def run(self, call: ToolCall, call_next: CallNext, first: Callable[[], Awaitable[None]]) -> ToolResult:
        """Go on within the bounds, after what comes `first`: a person's yes counts to the rate, but has its own time.

        Raises:
            Unavailable: the caller must wait first; it says how long.
            ToolError: the call took too long.
        """
        if self._buckets is None or self._rounds is None or self._pace is None:
            await first()
            return await self._in_time(call, call_next)
        async with self._let_in(call, self._buckets, self._rounds, self._pace):
            await first()
            return await self._in_time(call, call_next)

    def words(self) -> Iterator[str]:
        """The bounds, for a sentence."""
        if self._pace:
            yield self._pace.words
        if self.rule.timeout is not None:
            yield f"{self.rule.timeout:g} s"

    def due(self, principal: str) -> float:
        """In how many seconds a caller may come again."""
        if self._buckets is None or self._pace is None:
            return 0.0
        return self._buckets.due(principal, self._pace)

    @asynccontextmanager
    async def _let_in(self, call: ToolCall, buckets: OwnBuckets, rounds: OpenRounds, pace: Pace) -> AsyncIterator[None]:
        who, left = call.context.principal, rounds.resumed(call)
        wait = await buckets.take(who, pace if left is None else pace.without_rate())
        if wait:
            if left is not None:
                rounds.refused(call, left)
            call.context.note("policy", f"rule {self.number}", decision="limited")
            raise self._later(call, pace, wait)
        try:
            yield
        except InputRequired as required:
            # The client asks its person and comes again with the answer: that is one call.
            rounds.ended(call, required, left)
            raise
        finally:
            await buckets.leave(who, pace)

    def _later(self, call: ToolCall, pace: Pace, wait: float) -> Unavailable:
        what = f"rule {self.number} of this toolpost's policy allows {call.tool.name} {pace.words}"
        if math.isinf(wait):
            error = Unavailable(f"{what}; try again when a call under way has ended")
        else:
            error = Unavailable(f"{what}; try again in {duration(wait)}", retry_after=wait)
        error.meta = {LIMITS: {"retry_after": error.retry_after, "rule": f"policy {self.number}", "limit": pace.words}}
        return error

    async def _in_time(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        limit = self.rule.timeout
        if limit is None:
            return await call_next(call)
        before, deadline = call.context.deadline, anyio.current_time() + limit
        call.context.deadline = min(before, deadline)
        try:
            with anyio.CancelScope(deadline=deadline):
                return await call_next(call)
        finally:
            # The same surroundings may be those of a later call, whose time is its own.
            call.context.deadline = before
        # What was under way may have been carried out, so this is not `Unavailable`.
        call.context.note("policy", f"ended after {limit:g} s, by rule {self.number}", decision="error")
        text = f"{call.tool.name} did not finish within the {limit:g} s of rule {self.number}, and was stopped"
        raise late(text, limit)


def _state(clock: Callable[[], float]) -> tuple[OwnBuckets, OpenRounds]:
    from toolpost.middleware.limits.buckets import OwnBuckets
    from toolpost.middleware.limits.rounds import OpenRounds

    return OwnBuckets(CALLERS, clock), OpenRounds()
