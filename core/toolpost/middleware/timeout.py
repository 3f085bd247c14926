"""The `timeout` layer: no call takes longer than it may."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from pydantic import Field

from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.tool import Tool

Seconds = Annotated[float, Field(gt=0, le=86_400)]
CLIENT_MARGIN = 0.95


@dataclass
class Timeout:
    """Ends a call after `seconds`, or after the time that `tools` or the tool itself names.

    Where the client is known to give up earlier, so does the call, while its
    answer can still be read.
    """

    seconds: Seconds = 120.0
    tools: dict[str, Seconds] = field(default_factory=dict)

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
        """Go on, for so long."""
        limit = self.limit(call)
        deadline = anyio.current_time() + limit
        call.context.deadline = min(call.context.deadline, deadline)
        # The host may close while this call is still ending.
        watch = self._watch
        if watch is None:
            with anyio.CancelScope(deadline=deadline):
                return await call_next(call)
        else:
            with anyio.CancelScope() as scope:
                watch.add(scope, deadline)
                try:
                    return await call_next(call)
                finally:
                    watch.remove(scope)
        # What was under way may have been carried out, so this is not `Unavailable`.
        call.context.note("timeout", f"ended after {limit:g} s")
        raise ToolError(f"{call.tool.name} did not finish within {limit:g} s and was stopped")

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


class Watch:
    """One timer for all calls under way.

    A timer of the event loop for each call costs more than all other layers
    together, since nearly all are cancelled long before their time and stay
    in the loop's heap until then (`bench/README.md`).
    """

    def __init__(self) -> None:
        self._running: dict[anyio.CancelScope, float] = {}
        self._next = math.inf
        self._earlier = anyio.Event()

    def add(self, scope: anyio.CancelScope, deadline: float) -> None:
        """Cancel this scope when its time has come."""
        self._running[scope] = deadline
        if deadline < self._next:
            self._next = deadline
            self._earlier.set()

    def remove(self, scope: anyio.CancelScope) -> None:
        """The call has ended by itself."""
        self._running.pop(scope, None)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            with anyio.CancelScope(deadline=self._next):
                await self._earlier.wait()
            self._earlier = anyio.Event()
            now = anyio.current_time()
            for scope in [scope for scope, deadline in self._running.items() if deadline <= now]:
                del self._running[scope]
                scope.cancel()
            self._next = min(self._running.values(), default=math.inf)
