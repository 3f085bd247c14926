"""Layers folded around a call, once, at start."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from time import perf_counter

import anyio

from toolpost.crash import failure
from toolpost.errors import ToolError
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import InputRequired
from toolpost.tools.tool import Tool

TOOL = "tool"


@dataclass(frozen=True)
class Guards:
    """What becomes of a call when a layer itself fails: it fails too, unless the layer is named in `fail_open`.

    `seconds` is what a layer may take by itself, before and after the layers
    within it. A layer that bounds itself, as those that wait in a queue or
    for a person do, says so by an attribute `patience` of None, or of other seconds.
    """

    fail_open: Collection[str] = field(default_factory=frozenset)
    seconds: float = 10.0


def fold(layers: Iterable[tuple[str, Middleware]], run: CallNext, guards: Guards | None = None) -> CallNext:
    """`run` with the named layers around it; the first of them is nearest to the tool."""
    guards = guards or Guards()
    answer = _around(TOOL, lambda call, _: run(call), run)
    for name, layer in layers:
        patience = getattr(layer, "patience", guards.seconds)
        bounded = layer if patience is None else _bounded(layer, patience)
        answer = _around(name, _open(name, bounded) if name in guards.fail_open else bounded, answer)
    return answer


def applies(layer: Middleware, tool: Tool) -> bool:
    """Whether a layer wants to stand around a tool: all do that do not say otherwise."""
    wants = getattr(layer, "applies_to", None)
    return wants is None or bool(wants(tool))


def _around(name: str, layer: Middleware, call_next: CallNext) -> CallNext:
    """The layer as the one outside it sees it: its time taken, if the call is timed, and its crash contained."""

    async def answer(call: ToolCall) -> ToolResult:
        timings = call.context.timings
        began = perf_counter() if timings is not None else 0.0
        try:
            return await layer(call, call_next)
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            if (seen := failure(error, call, None if name == TOOL else name)) is error:
                raise
            raise seen from error
        finally:
            if timings is not None:
                timings.append((name, perf_counter() - began))

    return answer


def _bounded(layer: Middleware, seconds: float) -> Middleware:
    """A layer that is stopped when it takes too long by itself."""

    async def answer(call: ToolCall, call_next: CallNext) -> ToolResult:
        with anyio.CancelScope(deadline=anyio.current_time() + seconds) as scope:

            async def onward(call: ToolCall) -> ToolResult:
                scope.deadline = math.inf
                try:
                    return await call_next(call)
                finally:
                    scope.deadline = anyio.current_time() + seconds

            return await layer(call, onward)
        raise TimeoutError

    return answer


def _open(name: str, layer: Middleware) -> Middleware:
    """A layer whose own failure lets the call go on, as the operator wants it."""

    async def answer(call: ToolCall, call_next: CallNext) -> ToolResult:
        within: list[ToolResult] = []

        async def onward(call: ToolCall) -> ToolResult:
            within.append(await call_next(call))
            return within[-1]

        try:
            return await layer(call, onward)
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            if failure(error, call, name, fatal=False) is error:
                raise
            return within[-1] if within else await call_next(call)

    return answer
