"""Layers folded around a call, once, at start."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.tool import Tool

TOOL = "tool"


def fold(layers: Iterable[tuple[str, Middleware]], run: CallNext) -> CallNext:
    """`run` with the named layers around it; the first of them is nearest to the tool."""
    answer = _around(TOOL, lambda call, _: run(call), run)
    for name, layer in layers:
        answer = _around(name, layer, answer)
    return answer


def applies(layer: Middleware, tool: Tool) -> bool:
    """Whether a layer wants to stand around a tool: all do that do not say otherwise."""
    wants = getattr(layer, "applies_to", None)
    return wants is None or bool(wants(tool))


def _around(name: str, layer: Middleware, call_next: CallNext) -> CallNext:
    """The layer as the one outside it sees it: with its time taken, if the call is being timed."""

    async def answer(call: ToolCall) -> ToolResult:
        timings = call.context.timings
        if timings is None:
            return await layer(call, call_next)
        began = perf_counter()
        try:
            return await layer(call, call_next)
        finally:
            timings.append((name, perf_counter() - began))

    return answer
