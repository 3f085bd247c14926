"""The `retry` layer: its settings, and the way of a call through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import anyio
from pydantic import Field

from toolpost.errors import ToolError, Unavailable
from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.middleware.retry.breaker import Breaker, Health
from toolpost.middleware.retry.budget import Budget
from toolpost.middleware.retry.health import health
from toolpost.middleware.retry.news import kind_of, tell
from toolpost.middleware.retry.waiting import final, pause
from toolpost.middleware.words import duration
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.tool import Tool

# A try ends so much before its call must, in seconds and as a share of its time, to say what went wrong before it.
MARGIN, SHARE = 0.2, 0.1


class Provider(NamedTuple):
    """Whose service answers, and what is known of how it fares."""

    name: str
    breaker: Breaker
    budget: Budget


@dataclass
class Retry:
    """Tries again up to `attempts` times, waiting exponentially longer with jitter.

    `first_wait` and `longest_wait` are in seconds. A `Retry-After` is obeyed
    up to `longest_wait`; a longer one, or one past the deadline of the call,
    ends it at once and is told to the caller. A provider that was down
    `breaker_failures` times in a row gets no calls but one probe every
    `breaker_seconds`, until one succeeds; all others fail at once.
    """

    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    first_wait: Annotated[float, Field(gt=0)] = 0.5
    longest_wait: Annotated[float, Field(gt=0, le=600)] = 60.0
    budget_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    budget_burst: Annotated[float, Field(ge=0)] = 10.0
    breaker_failures: Annotated[int, Field(ge=1)] = 5
    breaker_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    # It waits as long as there is reason to.
    patience = None

    def __post_init__(self) -> None:
        self._providers: dict[str, Provider] = {}

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def gauges(self) -> list[Gauge]:
        meaning = "What is let through to a provider: 0 everything, 1 a probe, 2 nothing."
        return [Gauge("toolpost_breaker_state", meaning, self.states, label="provider")]

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, and on again while there is reason to."""
        provider = self.provider(call.tool)
        if left := provider.breaker.left:
            raise _left_alone(call, provider, left)
        provider.budget.deposit()
        try:
            return await _try(call, call_next, provider)
        except Unavailable as error:
            return await self._again(call, call_next, provider, error)

    def explain(self, call: ToolCall) -> str:
        provider = self.provider(call.tool)
        if left := provider.breaker.left:
            return f"would refuse for another {duration(left)}: {provider.name} failed {provider.breaker.row} times"
        return f"would try up to {self.attempts} times if {provider.name} is unavailable"

    def states(self) -> Mapping[str, float]:
        """The state of the breaker of each provider that was asked."""
        return {name: float(provider.breaker.state) for name, provider in self._providers.items()}

    def provider(self, tool: Tool) -> Provider:
        """Whose service answers: what the tool says, or else its plugin as a whole."""
        name = tool.provider or tool.plugin or tool.name
        known = self._providers.get(name)
        if known is None:
            breaker = Breaker(self.breaker_failures, self.breaker_seconds, self.clock)
            known = Provider(name, breaker, Budget(self.budget_ratio, self.budget_burst, self.clock))
            self._providers[name] = known
        return known

    async def _again(self, call: ToolCall, call_next: CallNext, provider: Provider, error: Unavailable) -> ToolResult:
        began, tries = self.clock(), 1
        while await self._may_go_on(call, provider, error, tries):
            tries += 1
            try:
                return await _try_in_time(call, call_next, provider, error)
            except Unavailable as again:
                error = again
        raise final(error, tries, self.clock() - began, provider.breaker.left) from None

    async def _may_go_on(self, call: ToolCall, provider: Provider, error: Unavailable, tries: int) -> bool:
        """Wait for the time of the next try; False where there is to be none."""
        wait = pause(error, tries, self.first_wait, self.longest_wait)
        if wait > self.longest_wait or tries >= self.attempts or provider.breaker.left:
            return False
        if wait >= call.context.remaining:
            call.context.note("retry", "no time left to try again", decision="late")
            return False
        if not provider.budget.withdraw():
            call.context.note("retry", "the retry budget is spent", decision="limited")
            return False
        text = f"trying again in {wait:.1f} s ({tries + 1} of {self.attempts})"
        call.context.note("retry", text, decision="retried", counts={"waited_ms": round(wait * 1000)})
        await call.context.say(text)
        await anyio.sleep(wait)
        # Meanwhile others may have found out more.
        return not provider.breaker.left


async def _try(call: ToolCall, call_next: CallNext, provider: Provider) -> ToolResult:
    """Go on once, and learn how the provider fares."""
    breaker, found, why = provider.breaker, Health.UNKNOWN, ""
    probe = breaker.enter()
    try:
        result = await call_next(call)
        found = Health.UP
        return result
    except ToolError as error:
        found, why = health(error), kind_of(error)
        raise
    finally:
        was_well = breaker.is_closed
        breaker.leave(found, probe=probe)
        if breaker.is_closed is not was_well:
            tell(provider.name, breaker, why)


async def _try_in_time(call: ToolCall, call_next: CallNext, provider: Provider, before: Unavailable) -> ToolResult:
    """The same within the call's deadline, at which its caller gets to know why there was another try."""
    deadline, now = call.context.deadline, anyio.current_time()
    with anyio.CancelScope(deadline=deadline - min(MARGIN, (deadline - now) * SHARE)):
        return await _try(call, call_next, provider)
    # What was under way may have been carried out, so this is not `Unavailable`.
    call.context.note("retry", "the last try was stopped", decision="late")
    raise ToolError(f"{call.tool.name} did not finish in time and was stopped; before that, {before}")


def _left_alone(call: ToolCall, provider: Provider, left: float) -> Unavailable:
    # Not with the reason that another call got: that may be about its arguments.
    call.context.note("retry", f"{provider.name} is left alone", decision="open")
    failed = f"{provider.name} failed {provider.breaker.row} times in a row and is left alone for now"
    return Unavailable(f"{failed}, so nothing was sent; try again in {duration(left)}", retry_after=left)
