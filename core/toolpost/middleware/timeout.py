"""The `timeout` layer: no call takes longer than it may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from pydantic import Field

from toolpost.errors import ToolError, Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool
from toolpost.watch import Watch

Seconds = Annotated[float, Field(gt=0, le=86_400)]
CLIENT_MARGIN = 0.95
# In the `meta` of an error: that it is one about time.
LATE = "toolpost/timeout"
# Seconds after which a call that waits for its client is looked at again.
LOOK = 1.0


@dataclass
class Timeout:
    """Ends a call after `seconds`, or after the time that `tools` or the tool itself names.

    Where the client is known to give up earlier, so does the call, while its
    answer can still be read.
    """

    seconds: Seconds = 120.0
    tools: dict[str, Seconds] = field(default_factory=dict)

    # It bounds itself.
    patience = None

    def __post_init__(self) -> None:
        self._watch: Watch | None = None

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Watch the time while the host runs."""
        self._watch = Watch()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch.run)
            try:
                yield
            finally:
                self._watch = None
                tasks.cancel_scope.cancel()

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, for so long; a deadline that came with the call counts where it is earlier."""
        context, now = call.context, anyio.current_time()
        before = context.deadline
        deadline = min(before, now + self.limit(call))
        if deadline <= now:
            context.note("timeout", "no time was left", decision="late")
            raise Unavailable(f"{call.tool.name} was not begun, because the time of its caller was over")
        context.deadline = deadline
        # The host may close while this call is still ending.
        watch = self._watch
        try:
            if watch is None:
                with anyio.CancelScope(deadline=deadline):
                    return await call_next(call)
            else:
                with anyio.CancelScope() as scope:
                    watch.add(scope, deadline, _moved(context))
                    try:
                        return await call_next(call)
                    finally:
                        watch.remove(scope)
        finally:
            # A surface may use one context for several calls.
            context.deadline = before
        raise _late(call, deadline - now)

    def limit(self, call: ToolCall) -> float:
        """The seconds that a call may take."""
        own = self.of(call.tool)
        client = call.context.client.call_seconds
        return own if client is None else min(own, client * CLIENT_MARGIN)

    def of(self, tool: Tool) -> float:
        """The seconds that a tool may take, whoever calls it."""
        return self.tools.get(tool.name) or tool.timeout or self.seconds

    def explain(self, call: ToolCall) -> str:
        return f"would stop the call after {self.limit(call):g} s"


def _moved(context: Context) -> Callable[[], float] | None:
    """Until when a call may take that asks beside its request: the time in which it waits is not its own."""
    departure = context.departure
    if departure is None:
        return None
    return lambda: anyio.current_time() + LOOK if departure.is_asking else context.deadline


def _late(call: ToolCall, seconds: float) -> ToolError:
    # What was under way may have been carried out, so this is not `Unavailable`.
    limit = f"{round(seconds, 3):g} s"
    call.context.note("timeout", f"ended after {limit}", decision="timed_out")
    return late(f"{call.tool.name} did not finish within {limit} and was stopped", seconds)


def late(text: str, seconds: float) -> ToolError:
    """The error for what took longer than these seconds."""
    error = ToolError(text)
    error.meta = {LATE: {"seconds": round(seconds, 3)}}
    return error
