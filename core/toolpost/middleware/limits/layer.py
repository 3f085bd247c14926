"""The `limits` layer: its settings, and the way of a call through its rules."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated
from weakref import WeakKeyDictionary

from pydantic import Field

from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.middleware.limits.models import Models
from toolpost.middleware.limits.rounds import OpenRounds
from toolpost.middleware.limits.rule import Rule
from toolpost.middleware.unknown import NOTHING, Expected
from toolpost.middleware.words import duration
from toolpost.store import Store
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import InputRequired
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.middleware.limits.limit import Entry, Limit

# Tools come and go with upstream servers; what was settled for those that went is forgotten.
REMEMBERED = 4096


@dataclass
class Limits:
    """Lets calls through as often, and as many at once, as `rules` say.

    Every rule that a call falls under must let it in. Up to `queue` calls
    wait before each bucket, for `max_wait` seconds at most, in the order in
    which they came. With `shared` the processes that use one store keep one
    limit together. A call whose tool asks its caller is one call in all its
    rounds, paid for by the first. The README beside this file explains the rules.
    """

    store: Store | None = None
    models: Models | None = None
    rules: list[Rule] = field(default_factory=list)
    max_wait: Annotated[float, Field(ge=0, le=3600)] = 10.0
    queue: Annotated[int, Field(ge=0, le=100_000)] = 100
    max_keys: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    shared: bool = False
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    # It waits for a turn, and bounds that itself.
    patience = None

    def __post_init__(self) -> None:
        if self.shared and self.store is None:
            raise ValueError("shared: there is no store that processes could share")
        names = [rule.name for rule in self.rules if rule.name]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"rules: two are called {twice!r}; give each a name of its own")
        limits = self._built() if self.rules else []
        # The narrowest first: whoever waits for his own limit takes no place before those of others.
        self._limits = sorted(limits, key=lambda limit: -len(limit.rule.per))
        self._by_tool: WeakKeyDictionary[Tool, list[Limit]] = WeakKeyDictionary()
        self._rounds = OpenRounds()

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def gauges(self) -> Iterable[Gauge]:
        """How long the lines are, how many calls are under way, how many buckets there are."""
        return [
            Gauge("toolpost_limits_waiting", "Calls that wait for their turn.", self._waiting, "rule"),
            Gauge("toolpost_limits_running", "Calls under way that are counted.", self._running, "rule"),
            Gauge("toolpost_limits_buckets", "Buckets that are not full.", self._buckets, "rule"),
        ]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keep what this process holds in the store for all."""
        async with AsyncExitStack() as stack:
            for limit in self._limits:
                if limit.rule.counts_running:
                    await stack.enter_async_context(limit.buckets.held())
            yield

    def applies_to(self, tool: Tool) -> bool:
        """Only tools that some rule is about."""
        return bool(self._of(tool))

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on when all rules have let the call in."""
        entries: list[Entry] = []
        made, left = False, self._rounds.resumed(call)
        try:
            for limit in self._by_tool.get(call.tool) or self._of(call.tool):
                if limit.holds(call):
                    entries.append(await limit.enter(call, paid=left is not None))
            made = True
            return await call_next(call)
        except InputRequired as required:
            # The client asks its person, and comes again with the answer: that is one call, paid for by this round.
            self._rounds.ended(call, required, left)
            raise
        finally:
            if not made and left is not None:
                self._rounds.refused(call, left)
            await _leave(iter(entries), made=made)

    def explain(self, call: ToolCall) -> str:
        lines = [self._line(limit, call) for limit in self._of(call.tool) if limit.holds(call)]
        return "; ".join(lines) or "no rule is about this call"

    def doubts(self, tools: Collection[Tool], plugins: Iterable[str], expected: Expected = NOTHING) -> Iterator[str]:
        """What is probably wrong in the rules, now that all tools are known; `doctor` says it."""
        if self.rules:
            from toolpost.middleware.limits.doubts import doubts

            in_order = sorted(self._limits, key=lambda limit: self.rules.index(limit.rule))
            yield from doubts(in_order, tools, plugins, expected)

    def _line(self, limit: Limit, call: ToolCall) -> str:
        wait = limit.expected(call)
        now = f", which is now in {duration(wait)}" if wait else ""
        return f"{limit.name}: would let in {limit.pace(call).words}{limit.rule.whose}{now}"

    def _of(self, tool: Tool) -> list[Limit]:
        """The rules that may hold for calls of a tool."""
        found = self._by_tool.get(tool)
        if found is None:
            if len(self._by_tool) >= REMEMBERED:
                self._by_tool.clear()
            found = self._by_tool[tool] = [limit for limit in self._limits if limit.covers(tool)]
        return found

    def _built(self) -> list[Limit]:
        # Most installations have no rules, and need not import what makes them work.
        from toolpost.middleware.limits.limit import limits

        space = self.store.space("limits") if self.shared and self.store is not None else None
        return limits(self.rules, self.models, self.queue, self.max_wait, self.max_keys, self.clock, space)

    def _waiting(self) -> dict[str, float]:
        return {limit.name: sum(map(len, limit.lines.values())) for limit in self._limits}

    def _running(self) -> dict[str, float]:
        return {limit.name: limit.buckets.running for limit in self._limits}

    def _buckets(self) -> dict[str, float]:
        return {limit.name: len(limit.buckets) for limit in self._limits}


async def _leave(entries: Iterator[Entry], *, made: bool) -> None:
    """Give all places back, also where one of them cannot be: the others would be taken for ever."""
    try:
        for entry in entries:
            await entry.limit.leave(entry, made=made)
    except BaseException:
        await _leave(entries, made=made)
        raise
