"""Calls of tools with arguments that were made up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from itertools import pairwise
from math import isfinite
from typing import Any

from toolpost.checks.cancelling import of_cancellation
from toolpost.checks.finding import Finding, error, note
from toolpost.checks.outcome import LONGEST, Outcome, Stuck, outcome
from toolpost.checks.samples import edges, fits, smallest, wrong
from toolpost.errors import InvalidArguments, ToolError
from toolpost.host import Host
from toolpost.tools.tool import Tool

# Bytes of one answer that Claude Desktop takes, and seconds for which nothing may hold the loop.
LARGEST, LAG = 1_000_000, 0.25
WRONG = 8


def may_call(tool: Tool, allowed: Collection[str]) -> bool:
    """Whether a tool may be called with arguments that nobody chose: it only reads and costs nothing, or is allowed."""
    return tool.name in allowed or (tool.read_only is True and not tool.billable and not tool.destructive)


async def of_calls(host: Host, tool: Tool, stuck: Stuck) -> AsyncIterator[Finding]:
    """What is wrong with a tool when it is called."""
    about, arguments = f"tool {tool.name!r}", smallest(tool.input_schema)
    if arguments is None:
        way_out = 'give the input schema "examples", or a field Field(examples=[…])'
        yield note("call", about, "no arguments could be made up, so it was not called", way_out)
        return
    first = await outcome(host, tool.name, arguments, stuck)
    for finding in [*_outcome(about, tool, first), *_progress(about, first)]:
        yield finding
    if first.result is not None or first.error is not None:
        for other in edges(tool.input_schema):
            for finding in _outcome(about, tool, await outcome(host, tool.name, other, stuck), other):
                yield finding
        async for finding in _refusals(host, tool, about, stuck):
            yield finding
    async for finding in of_cancellation(host, tool, arguments, stuck):
        yield finding


def _outcome(about: str, tool: Tool, found: Outcome, given: Mapping[str, Any] | None = None) -> Iterator[Finding]:
    with_ = "the smallest arguments" if given is None else f"{str(dict(given))[:80]}"
    if found.crash:
        way_out = "raise InvalidArguments for what a model can mend, Unavailable or ToolError for the rest"
        yield error("call", about, f"it crashes with {with_}: {found.crash}", way_out)
    elif isinstance(found.error, InvalidArguments) and given is None:
        way_out = "say it in the schema, or give examples that fit"
        yield note(
            "call-arguments", about, f"it refuses arguments that fit its schema: {str(found.error)[:120]}", way_out
        )
    elif isinstance(found.error, ToolError) and "cannot be sent" in str(found.error):
        yield error("call-result", about, str(found.error)[:200], "return what the annotation says, as JSON or content")
    elif found.result is not None:
        yield from _result(about, tool, found)
    elif found.error is None:
        yield note("call", about, f"it did not answer within {LONGEST:g} s", "say timeout=…, and report progress")
    yield from _manners(about, found)


def _result(about: str, tool: Tool, found: Outcome) -> Iterator[Finding]:
    assert found.result is not None
    size = sum(len(block.model_dump_json()) for block in found.result.content)
    if size > LARGEST:
        way_out = "return less, a page at a time, or a Link to a resource"
        yield error("call-result", about, f"its answer has {size} bytes, and clients take {LARGEST}", way_out)
    if tool.output_schema is not None and not fits(tool.output_schema, found.result.structured):
        yield error("call-result", about, "its data do not fit its output schema", "mend the one or the other")


def _manners(about: str, found: Outcome) -> Iterator[Finding]:
    if found.effects.printed.strip():
        what = f"it prints {found.effects.printed.strip()[:60]!r}"
        yield error("call-output", about, what, "log it, or tell the caller with context.log")
    if found.lag > LAG:
        way_out = "make it a plain function, which runs in a thread, or await anyio.to_thread.run_sync(…)"
        yield error("call-loop", about, f"it blocks the event loop for {found.lag:.1f} s", way_out)


def _progress(about: str, found: Outcome) -> Iterator[Finding]:
    done = [report for report, _ in found.reports]
    if any(after <= before for before, after in pairwise(done)) or not all(map(isfinite, done)):
        yield error(
            "progress",
            about,
            "its progress does not always increase",
            "report more each time; context.say tells without",
        )
    if any(total is not None and report > total for report, total in found.reports):
        yield error("progress", about, "its progress goes beyond its total", "report at most the total")


async def _refusals(host: Host, tool: Tool, about: str, stuck: Stuck) -> AsyncIterator[Finding]:
    for number, arguments in enumerate(wrong(tool.input_schema)):
        found = await outcome(host, tool.name, arguments, stuck)
        if number < WRONG and not isinstance(found.error, InvalidArguments):
            how = found.crash or (type(found.error).__name__ if found.error else "an answer")
            way_out = "let arguments that do not fit pass to the validation: layers see them before it"
            yield error(
                "call-arguments", about, f"arguments that do not fit end in {how}, not InvalidArguments", way_out
            )
            return
