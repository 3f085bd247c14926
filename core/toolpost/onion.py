"""Layers folded around a call, once, at start."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Coroutine, Generator, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from types import coroutine
from typing import Any

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
    # Only a plain no leaves a layer out: it may be a guard, and what else it answers is a mistake.
    return wants is None or wants(tool) is not False


def _checked(result: ToolResult) -> ToolResult:
    if type(result) is not ToolResult:
        raise TypeError(f"{type(result).__name__} is no ToolResult")
    return result


def _around(name: str, layer: Middleware, call_next: CallNext) -> CallNext:
    """The layer as the one outside it sees it: its time taken, if the call is timed, and its crash contained."""

    async def answer(call: ToolCall) -> ToolResult:
        timings = call.context.timings
        began = perf_counter() if timings is not None else 0.0
        try:
            return _checked(await layer(call, call_next))
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
        within = False

        async def onward(call: ToolCall) -> ToolResult:
            nonlocal within
            within = True
            if scope.deadline != math.inf:
                scope.deadline = math.inf
            try:
                return await call_next(call)
            finally:
                within = False

        async def work() -> ToolResult:
            return await layer(call, onward)

        def waits() -> None:
            # Most layers never wait by themselves, and a timer costs more than all they do.
            if not within and scope.deadline == math.inf:
                scope.deadline = anyio.current_time() + seconds

        with anyio.CancelScope() as scope:
            return await _told(work(), waits)
        raise TimeoutError

    return answer


@coroutine
def _told(work: Coroutine[Any, Any, ToolResult], waits: Callable[[], None]) -> Generator[Any, Any, ToolResult]:
    """As `await work`, with `waits` called whenever it is about to wait for something."""
    value, error = None, None
    while True:
        try:
            awaited = work.send(value) if error is None else work.throw(error)
        except StopIteration as done:
            result: ToolResult = done.value
            return result
        waits()
        value, error = None, None
        try:
            value = yield awaited
        except GeneratorExit:
            work.close()
            raise
        except BaseException as raised:
            error = raised


def _open(name: str, layer: Middleware) -> Middleware:
    """A layer whose own failure lets the call go on, as the operator wants it."""

    async def answer(call: ToolCall, call_next: CallNext) -> ToolResult:
        began, within, raised = False, None, None

        async def onward(call: ToolCall) -> ToolResult:
            nonlocal began, within, raised
            began = True
            try:
                within = await call_next(call)
            except BaseException as error:
                raised = error
                raise
            return within

        try:
            return _checked(await layer(call, onward))
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            if failure(error, call, name, fatal=False) is error:
                raise
            # What is within may have been carried out: its outcome stands, whatever the layer made of it.
            if raised is not None:
                raise raised from None
            if within is not None:
                return within
            if began:
                raise
            return await call_next(call)

    return answer
