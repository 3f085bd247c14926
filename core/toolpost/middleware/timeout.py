"""The `timeout` layer: no call takes longer than it may."""

from __future__ import annotations

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

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, for so long."""
        limit = self.limit(call)
        with anyio.move_on_after(limit):
            return await call_next(call)
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
