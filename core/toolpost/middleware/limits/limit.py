"""One rule at work: whom it holds for, who waits, and what those are told who may not wait."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field

import anyio

from toolpost.errors import Unavailable
from toolpost.middleware.globs import exact, matcher
from toolpost.middleware.limits.buckets import Buckets, OwnBuckets
from toolpost.middleware.limits.line import Line
from toolpost.middleware.limits.models import ModelNames, Models, takes_model
from toolpost.middleware.limits.pace import Pace
from toolpost.middleware.limits.refusal import refusal
from toolpost.middleware.limits.rule import Part, Rule
from toolpost.middleware.limits.shared import SharedBuckets
from toolpost.store import Space
from toolpost.tools.call import ToolCall
from toolpost.tools.tool import Tool

# Of what a client waits for its answer, so that there is time left to make it.
SHARE = 0.5
# How much the last call says about how long the next one takes.
WEIGHT = 0.125
Key = Callable[[ToolCall], Hashable]


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that a limit has let in."""

    limit: Limit
    key: Hashable
    pace: Pace
    began: float


@dataclass(eq=False)
class Limit:
    """A rule, with its buckets and the lines before them."""

    rule: Rule
    name: str
    buckets: Buckets
    models: ModelNames
    queue: int
    max_wait: float
    clock: Callable[[], float]
    lines: dict[Hashable, Line] = field(default_factory=dict)
    typical: float = 1.0

    def __post_init__(self) -> None:
        rule = self.rule
        self._pace, self._paces = rule.pace, rule.paces
        self._tools, self._plugins = matcher(rule.tools), matcher(rule.plugins)
        self._providers, self._principals = matcher(rule.providers), matcher(rule.principals)
        self._models = matcher(rule.models)
        self._key = _key(rule.per, self.models)

    def covers(self, tool: Tool) -> bool:
        """Whether some call of a tool may fall under the rule."""
        if (self.rule.models or "model" in self.rule.per) and not takes_model(tool):
            return False
        if (self.rule.providers or "provider" in self.rule.per) and tool.provider is None:
            return False
        checks = ((self._tools, tool.name), (self._plugins, tool.plugin), (self._providers, tool.provider or ""))
        return all(fits is None or fits(name) for fits, name in checks)

    def holds(self, call: ToolCall) -> bool:
        """Whether a call of a tool that it covers falls under the rule."""
        if self._principals is not None and not self._principals(call.context.principal):
            return False
        return self._models is None or self._models(self.models.asked(call))

    def pace(self, call: ToolCall) -> Pace:
        """How fast, for this caller."""
        return self._paces.get(call.context.principal, self._pace) if self._paces else self._pace

    async def enter(self, call: ToolCall, *, paid: bool = False) -> Entry:
        """Let a call in, at once or after its turn has come; one whose token was `paid` before needs but a place.

        Raises:
            Unavailable: it would have to wait longer than it may, or too many do.
        """
        key, pace = self._key(call), self.pace(call)
        if paid:
            pace = pace.without_rate()
            if not pace.concurrency:
                return Entry(self, key, pace, 0.0)
        if key in self.lines:
            await self._wait(call, key, pace)
        elif wait := await self.buckets.take(key, pace):
            await self._wait(call, key, pace, 0.0 if wait == math.inf else wait)
        return Entry(self, key, pace, self.clock() if pace.concurrency else 0.0)

    async def leave(self, entry: Entry, *, made: bool = True) -> None:
        """The call has ended; or it was not even made, and costs nothing."""
        try:
            if not made:
                await self.buckets.give_back(entry.key, entry.pace)
            elif entry.pace.concurrency:
                self.typical += WEIGHT * (self.clock() - entry.began - self.typical)
        finally:
            await self._free(entry)

    async def _free(self, entry: Entry) -> None:
        try:
            await self.buckets.leave(entry.key, entry.pace)
        finally:
            if self.lines and (line := self.lines.get(entry.key)) is not None:
                line.call()

    def expected(self, call: ToolCall) -> float:
        """The seconds until there is a token for a call, as far as that is known."""
        key = self._key(call)
        return self.buckets.due(key, self.pace(call), len(self.lines.get(key, ())))

    async def _wait(self, call: ToolCall, key: Hashable, pace: Pace, known: float = 0.0) -> None:
        line = self.lines.setdefault(key, Line())
        try:
            began, patience = anyio.current_time(), self._patience(call)
            known = max(known, self._due(key, pace, len(line)))
            if len(line) >= self.queue or known > patience:
                raise self._refusal(call, pace, known, len(line))
            if not await line.stand(self._look(key, pace), patience):
                raise self._refusal(call, pace, self._due(key, pace, len(line)), len(line))
        finally:
            if not line:
                del self.lines[key]
        waited = anyio.current_time() - began
        counts = {"waited_ms": round(waited * 1000)}
        call.context.note("limits", f"waited {waited:.1f} s ({self.name})", decision="waited", counts=counts)

    def _due(self, key: Hashable, pace: Pace, ahead: int) -> float:
        return self.buckets.due(key, pace, ahead) if pace.interval else 0.0

    def _look(self, key: Hashable, pace: Pace) -> Callable[[], Awaitable[float]]:
        return lambda: self.buckets.take(key, pace)

    def _patience(self, call: ToolCall) -> float:
        client = call.context.client.call_seconds
        return min(self.max_wait, call.context.remaining, math.inf if client is None else client * SHARE)

    def _refusal(self, call: ToolCall, pace: Pace, known: float, ahead: int) -> Unavailable:
        # When a place is free nobody knows: as long as calls have taken of late is the best guess.
        place = self.typical * (ahead + 1) / pace.concurrency if pace.concurrency else pace.interval
        call.context.note("limits", self.name, decision="limited", counts={"waiting": ahead})
        return refusal(call.tool.name, self.name, f"{pace.words}{self.rule.whose}", known or place, ahead)


def limits(
    rules: Sequence[Rule],
    models: Models | None,
    queue: int,
    max_wait: float,
    max_keys: int,
    clock: Callable[[], float],
    space: Space | None,
) -> list[Limit]:
    """The rules at work, with buckets in a space of the store where there is one, else in memory."""
    names = ModelNames(models, {name for rule in rules for name in exact(rule.models)})
    found: list[Limit] = []
    for number, rule in enumerate(rules, 1):
        name = rule.name or f"rule {number}"
        buckets: Buckets = SharedBuckets(space, name) if space is not None else OwnBuckets(max_keys, clock)
        found.append(Limit(rule, name, buckets, names, queue, max_wait, clock))
    return found


def _key(per: list[Part], models: ModelNames) -> Key:
    """What tells buckets apart, as one function: it runs on every call."""
    parts: dict[Part, Key] = {
        "principal": lambda call: call.context.principal,
        "tool": lambda call: call.tool.name,
        "plugin": lambda call: call.tool.plugin,
        "provider": lambda call: call.tool.provider,
        "model": models.asked,
    }
    match [parts[part] for part in per]:
        case []:
            return lambda call: ""
        case [one]:
            return one
        case [one, two]:
            return lambda call: (one(call), two(call))
        case several:
            return lambda call: tuple(part(call) for part in several)
