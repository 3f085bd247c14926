"""The `pausing` layer: a plugin whose calls crash time after time is left alone for a while."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field

from toolpost.errors import Crash, ToolError, Unavailable
from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult

MINUTE = 60.0
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


@dataclass(eq=False)
class Record:
    """How a plugin has fared since it first crashed."""

    row: int = 0
    good: int = 0
    times: deque[float] = field(default_factory=deque)
    reference: str = ""
    pauses: int = 0
    until: float = 0.0
    probing: bool = False


@dataclass
class Pausing:
    """Pauses a plugin after `row` crashes in a row, or `minute` within a minute if they are half of its calls.

    The first pause is `first` seconds long, each further one twice as long,
    up to `longest`. After a pause one call is let through: where it does not
    crash, all is well again. What a tool says by a `ToolError` is no crash.
    """

    row: Count = 5
    minute: Count = 10
    first: Seconds = 5.0
    longest: Seconds = 600.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    # It adds nothing that could take long.
    patience: ClassVar[None] = None

    def __post_init__(self) -> None:
        self._records: dict[str, Record] = {}

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def gauges(self) -> list[Gauge]:
        meaning = "Seconds for which no calls go to a plugin, since its calls crashed."
        return [Gauge("toolpost_plugin_paused_seconds", meaning, self.left, label="plugin")]

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, unless the plugin is paused."""
        record = self._records.get(call.tool.plugin)
        if record is not None and record.until:
            return await self._probe(call, call_next, record)
        try:
            result = await call_next(call)
        except Crash as error:
            self._crashed(call, error)
            raise
        if record is not None:
            self._went_well(call.tool.plugin, record)
        return result

    def explain(self, call: ToolCall) -> str:
        said = self.condition(call.tool.plugin)
        return f"would refuse: plugin {call.tool.plugin!r} {said}" if said else "the plugin is not paused"

    def condition(self, plugin: str) -> str:
        """Why calls of a plugin are refused and for how long, after its name; empty where they are not."""
        record = self._records.get(plugin)
        if record is None or not record.until:
            return ""
        left = math.ceil(max(0.0, record.until - self.clock()))
        then = f"for another {left} s" if left else "until one call shows that it works"
        return f"is paused {then}, since {self.why(plugin)}"

    def why(self, plugin: str) -> str:
        """What its calls did; empty where none crashed lately."""
        record = self._records.get(plugin)
        if record is None:
            return ""
        why = f"{record.row} of its calls crashed in a row" if record.row >= self.row else "too many of its calls crash"
        return f"{why} (reference {record.reference})"

    def left(self) -> Mapping[str, float]:
        """For each plugin that has crashed lately, the seconds for which it is still paused."""
        now = self.clock()
        return {plugin: max(0.0, record.until - now) for plugin, record in self._records.items()}

    async def _probe(self, call: ToolCall, call_next: CallNext, record: Record) -> ToolResult:
        """Let one call through when the pause is over, and refuse all others."""
        left = record.until - self.clock()
        if left > 0 or record.probing:
            call.context.note("pausing", decision="paused")
            text = f"plugin {call.tool.plugin!r} {self.condition(call.tool.plugin)}, so nothing was done"
            raise Unavailable(text, retry_after=math.ceil(max(left, 1.0)))
        record.probing = True
        try:
            result = await call_next(call)
        except Crash as error:
            record.reference = error.reference
            self._pause(record)
            raise
        except ToolError:
            # It has an answer, and be it that this cannot be done.
            self._records.pop(call.tool.plugin, None)
            raise
        finally:
            record.probing = False
        self._records.pop(call.tool.plugin, None)
        return result

    def _crashed(self, call: ToolCall, error: Crash) -> None:
        notes = call.context.notes
        if notes and notes[-1].decision == "failed_closed":
            # Not the tool did, but a layer around it.
            return
        record, now = self._records.setdefault(call.tool.plugin, Record()), self.clock()
        record.row += 1
        record.reference = error.reference
        while record.times and record.times[0] < now - MINUTE:
            record.times.popleft()
        if not record.times:
            record.good = 0
        record.times.append(now)
        many = len(record.times) >= max(self.minute, record.good)
        if not record.until and (record.row >= self.row or many):
            self._pause(record)

    def _pause(self, record: Record) -> None:
        record.until = self.clock() + min(self.longest, self.first * 2 ** min(record.pauses, 30))
        record.pauses += 1

    def _went_well(self, plugin: str, record: Record) -> None:
        record.row = 0
        record.good += 1
        if not record.times or record.times[-1] < self.clock() - MINUTE:
            self._records.pop(plugin, None)
