"""The layer: a call is answered from memory, by an equal call under way, or by going on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio

from toolpost import CallNext, Context, Tool, ToolCall, ToolResult, Unavailable
from toolpost_cache.answer import Answer
from toolpost_cache.flight import Flight, listening
from toolpost_cache.keys import KeyMaker, Keys
from toolpost_cache.memory import Memory
from toolpost_cache.terms import is_for_all, is_whole, seconds

if TYPE_CHECKING:
    from toolpost_cache.kept import Found, Kept

META, AGE = "toolpost/cache", "toolpost/cache_age"
# Of what a client waits for its answer, so that it hears of it.
SHARE = 0.95


@dataclass(eq=False)
class Layer:
    """Stands around the tools whose answers keep; `wants` says which, and for how many seconds."""

    wants: Callable[[Tool], float | None]
    memory: Memory
    kept: Kept | None
    max_result_bytes: int
    clock: Callable[[], float]
    counts: Counter[str] = field(default_factory=Counter)

    # It waits for equal calls, and bounds that itself.
    patience = None

    def __post_init__(self) -> None:
        self._keys = KeyMaker()
        self._flights: dict[bytes, Flight] = {}
        self._cleared = 0

    def applies_to(self, tool: Tool) -> bool:
        """Only tools whose answers keep."""
        return self.wants(tool) is not None

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Answer from memory, or with the answer of an equal call under way, or go on."""
        keys = await self._keys.of(call)
        until: float | None = None
        while True:
            if (entry := self.memory.find(keys)) is not None:
                return await self._give(call, entry.answer, "hit", self.clock() - entry.since)
            flight = self._flights.get(keys.flight)
            if flight is None:
                return await self._lead(keys, call, call_next)
            until = _patience(call.context) if until is None else until
            await _landing(flight, call, until)
            if (answer := flight.answer_for(call.context.principal)) is not None:
                return await self._give(call, answer, "joined", 0.0)
            # The leader failed or left, which is its own affair: one of those who waited leads now.

    def explain(self, call: ToolCall) -> str:
        if self.memory.find(self._keys.now(call)) is not None:
            return "would answer from memory"
        return f"would keep the answer for {self.wants(call.tool):g} s"

    def clear(self) -> int:
        """Forget all in memory; what is under way was asked before, and is not kept either."""
        self._cleared += 1
        return self.memory.clear()

    async def _lead(self, keys: Keys, call: ToolCall, call_next: CallNext) -> ToolResult:
        flight, cleared, ttl = Flight(call.context.principal), self._cleared, 0.0
        self._flights[keys.flight] = flight
        try:
            if self.kept is not None and (found := await self._recall(self.kept, keys)) is not None:
                flight.answer, flight.for_all = found.answer, found.for_all
                return await self._give(call, found.answer, "hit", found.age)
            self._count(call, "miss")
            result = await self._make(flight, call, call_next)
            if flight.answer is not None and cleared == self._cleared:
                ttl = self._good_for(call.tool, result, flight.answer)
            if flight.answer is not None and ttl:
                self.memory.add(keys.of(flight.for_all), flight.answer, ttl)
        finally:
            del self._flights[keys.flight]
            flight.landed.set()
        if self.kept is not None and flight.answer is not None and ttl and cleared == self._cleared:
            await self.kept.put(keys.of(flight.for_all), flight.answer, ttl)
        return replace(result, meta={**result.meta, META: "miss"})

    async def _make(self, flight: Flight, call: ToolCall, call_next: CallNext) -> ToolResult:
        """The answer, and what those who wait may have of it.

        They hear even that the work goes on: their patience is used up too.
        """
        with listening(call.context) as heard:
            result = await call_next(call)
        if not result.is_error and not heard.asked:
            flight.for_all = is_for_all(call.tool, result)
            flight.answer = await Answer.made(result)
        return result

    def _good_for(self, tool: Tool, result: ToolResult, answer: Answer) -> float:
        """For how many seconds to keep an answer; 0: not at all."""
        if not is_whole(result) or answer.size > min(self.max_result_bytes, self.memory.max_bytes):
            return 0.0
        return seconds(tool, result, self.wants(tool) or 0.0)

    async def _recall(self, kept: Kept, keys: Keys) -> Found | None:
        """An answer that survived, taken back into memory."""
        cleared = self._cleared
        for for_all in (False, True):
            if (found := await kept.get(keys.of(for_all))) is not None and cleared == self._cleared:
                self.memory.add(keys.of(for_all), found.answer, found.left, found.age)
                return replace(found, for_all=for_all)
        return None

    async def _give(self, call: ToolCall, answer: Answer, how: str, age: float) -> ToolResult:
        self._count(call, how)
        return await answer.result({META: how, AGE: round(max(age, 0.0), 3)})

    def _count(self, call: ToolCall, how: str) -> None:
        self.counts[how] += 1
        call.context.note("cache", decision=how)


def _patience(context: Context) -> float:
    """Until when this caller waits for an equal call, by the event loop's clock."""
    client = context.client.call_seconds
    return anyio.current_time() + min(context.remaining, math.inf if client is None else client * SHARE)


async def _landing(flight: Flight, call: ToolCall, until: float) -> None:
    if until == math.inf:
        await flight.landed.wait()
        return
    with anyio.move_on_after(until - anyio.current_time()):
        await flight.landed.wait()
        return
    raise Unavailable(f"an equal call of {call.tool.name} is still under way; try again when it may have ended")
