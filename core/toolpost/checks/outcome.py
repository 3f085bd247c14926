"""One call of a tool, and what became of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import anyio

from toolpost.checks.effects import Effects, watched
from toolpost.checks.finding import Finding, error
from toolpost.errors import Crash, ToolError
from toolpost.host import Host
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context, InputRequired

# Seconds that one call may take, between two beats of the loop's heart, and in which work must end that is cancelled.
LONGEST, BEAT, GRACE = 5.0, 0.01, 2.0
WAY_OUT = "let cancellation pass: catch Exception, not BaseException, and clean up in `finally`"
# Told of what cannot be stopped; it ends the process, since waiting would be for ever.
Stuck = Callable[[Finding], NoReturn]


@dataclass(eq=False)
class Watching(Context):
    """A context that keeps what a tool reports, also what would not be sent."""

    reports: list[tuple[float, float | None]] = field(default_factory=list)

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """As `Context.progress`, kept besides."""
        self.reports.append((done, total))
        await super().progress(done, total, message)


@dataclass
class Outcome:
    """A result or an error, or neither where it took too long; `lag` is how long the loop stood still at most."""

    effects: Effects
    result: ToolResult | None = None
    error: ToolError | None = None
    reports: list[tuple[float, float | None]] = field(default_factory=list)
    lag: float = 0.0
    ended: anyio.Event = field(default_factory=anyio.Event)

    @property
    def crash(self) -> str:
        """What crashed, and where; empty if nothing did."""
        if not isinstance(self.error, Crash):
            return ""
        cause: BaseException = self.error.__cause__ or self.error
        frames = traceback.extract_tb(cause.__traceback__)
        place = (
            f" in {frames[-1].name} ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
        )
        return f"{type(cause).__name__}{place}"


async def outcome(host: Host, name: str, arguments: Mapping[str, Any], stuck: Stuck) -> Outcome:
    """Call a tool, and look at everything that it does."""
    context = Watching()
    with watched() as effects:
        found = Outcome(effects, reports=context.reports)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_beat, found)
            await anyio.lowlevel.checkpoint()
            with anyio.move_on_after(LONGEST + GRACE) as waiting:
                # In a task of its own, so that one that cannot be stopped is not waited for.
                tasks.start_soon(_call, host, name, arguments, context, found)
                await found.ended.wait()
            if waiting.cancelled_caught:
                stuck(
                    error("cancellation", f"tool {name!r}", f"it goes on {GRACE:g} s after it was cancelled", WAY_OUT)
                )
            # One more beat sees how long the last step held the loop.
            await anyio.sleep(BEAT)
            tasks.cancel_scope.cancel()
    return found


async def _call(host: Host, name: str, arguments: Mapping[str, Any], context: Watching, found: Outcome) -> None:
    try:
        with anyio.move_on_after(LONGEST):
            found.result = await host.call(name, arguments, context)
    except ToolError as failed:
        found.error = failed
    except InputRequired:
        pass
    finally:
        found.ended.set()


async def _beat(found: Outcome) -> None:
    while True:
        began = anyio.current_time()
        await anyio.sleep(BEAT)
        found.lag = max(found.lag, anyio.current_time() - began - BEAT)
