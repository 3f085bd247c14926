"""The `retry` layer: what was `Unavailable` is tried again, within a budget."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import anyio
from pydantic import Field

from toolpost.errors import Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult

if TYPE_CHECKING:
    from tenacity import RetryCallState

# Seconds, and what so many are called.
SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass
class Budget:
    """How many retries there may be in proportion to calls, so that an outage is not made worse.

    Each call adds `ratio` of a retry, up to `burst` (Google SRE book, chapter
    "Handling Overload"; Finagle's RetryBudget).
    """

    ratio: float
    burst: float

    def __post_init__(self) -> None:
        self.left = self.burst

    def deposit(self) -> None:
        """A call was made."""
        self.left = min(self.burst, self.left + self.ratio)

    def withdraw(self) -> bool:
        """Take one retry out, if there is one."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Retry:
    """Tries again up to `attempts` times, waiting exponentially longer with jitter.

    `first_wait` and `longest_wait` are in seconds. A `Retry-After` is obeyed
    up to `longest_wait`; a longer one, or one past the deadline of the call,
    ends it at once and is told to the caller.
    """

    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    first_wait: Annotated[float, Field(gt=0)] = 0.5
    longest_wait: Annotated[float, Field(gt=0, le=600)] = 60.0
    budget_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    budget_burst: Annotated[float, Field(ge=0)] = 10.0

    def __post_init__(self) -> None:
        self.budget = Budget(self.budget_ratio, self.budget_burst)

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, and on again while there is reason to."""
        self.budget.deposit()
        try:
            return await call_next(call)
        except Unavailable as error:
            return await self._again(call, call_next, error)

    def explain(self, call: ToolCall) -> str:
        return f"would try up to {self.attempts} times if the tool is unavailable"

    async def _again(self, call: ToolCall, call_next: CallNext, first: Unavailable) -> ToolResult:
        # tenacity takes 20 ms to import, and most calls never fail.
        from tenacity import AsyncRetrying, retry_if_exception_type

        failed = [first]

        async def attempt() -> ToolResult:
            if failed:
                raise failed.pop()
            return await call_next(call)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Unavailable),
            wait=self._wait(),
            stop=self._stop(call),
            before_sleep=_announce(call, self.attempts),
            sleep=anyio.sleep,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except Unavailable as error:
            raise _with_wait(error) from None

    def _wait(self) -> Callable[[RetryCallState], float]:
        from tenacity import wait_random_exponential

        backoff = wait_random_exponential(multiplier=self.first_wait, max=self.longest_wait)

        def wait(state: RetryCallState) -> float:
            asked = _asked(state)
            # Jitter above what was asked for, or all who were refused come back at one moment.
            return backoff(state) if asked is None else asked + backoff(state) * 0.1

        return wait

    def _stop(self, call: ToolCall) -> Callable[[RetryCallState], bool]:
        def stop(state: RetryCallState) -> bool:
            asked = _asked(state) or 0.0
            if state.attempt_number >= self.attempts or asked > self.longest_wait:
                return True
            if state.upcoming_sleep >= call.context.remaining:
                call.context.note("retry", "no time left to try again")
                return True
            if not self.budget.withdraw():
                call.context.note("retry", "the retry budget is spent")
                return True
            return False

        return stop


def _asked(state: RetryCallState) -> float | None:
    """The seconds that the last attempt was told to wait."""
    error = state.outcome.exception() if state.outcome else None
    return _wait_of(error) if isinstance(error, Unavailable) else None


def _wait_of(error: Unavailable) -> float | None:
    """The seconds of a `Retry-After` that makes sense."""
    asked = error.retry_after
    return asked if asked is not None and math.isfinite(asked) and asked >= 0 else None


def _with_wait(error: Unavailable) -> Unavailable:
    """The error with when it is worth another try, if the other side has said."""
    asked = _wait_of(error)
    if not asked:
        return error
    count, unit = next((asked / span, unit) for span, unit in SPANS if asked >= span or span == 1)
    return error.with_text(f"{error}; try again in {math.ceil(count)} {unit}{'s' * (math.ceil(count) != 1)}")


def _announce(call: ToolCall, attempts: int) -> Callable[[RetryCallState], Awaitable[None]]:
    async def announce(state: RetryCallState) -> None:
        text = f"trying again in {state.upcoming_sleep:.1f} s ({state.attempt_number + 1} of {attempts})"
        call.context.note("retry", text)
        await call.context.say(text)

    return announce
