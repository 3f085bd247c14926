"""What is wrong with tools when they are called, on both event loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from toolpost import Host, Tool, hookimpl
from toolpost.checks.calls import may_call, of_calls
from toolpost.checks.finding import Finding
from toolpost.middleware.validation import Validation

from . import faulty_tools as faulty

SCHEMA = {"type": "object", "properties": {"sky": {"type": "string"}}}
UNMADE = {"type": "object", "properties": {"x": {"type": "string", "pattern": "^[A-Z]{3}[0-9]{4}$"}}, "required": ["x"]}
FAULTS = {
    "a crash": (Tool(faulty.crashes), "call", "KeyError in crashes (faulty_tools.py:"),
    "a crash at the edge": (Tool(faulty.crashes_at_the_edge), "call", "{'city': ''}: IndexError"),
    "arguments nobody can make up": (Tool(faulty.takes, input_schema=UNMADE), "call", "no arguments could be made up"),
    "a refusal of what fits": (Tool(faulty.refuses_what_fits), "call-arguments", "must be Oslo"),
    "an annotation that is broken": (Tool(faulty.breaks_its_annotation), "call-result", "cannot be sent"),
    "a schema that is broken": (
        Tool(faulty.breaks_its_schema, input_schema=faulty.OBJECT, output_schema=SCHEMA),
        "call-result",
        "do not fit its output schema",
    ),
    "a large answer": (Tool(faulty.answers_too_much), "call-result", "clients take 1000000"),
    "a print": (Tool(faulty.prints), "call-output", "it prints 'working'"),
    "a loop that stands": (Tool(faulty.blocks), "call-loop", "blocks the event loop"),
    "a cancellation swallowed": (Tool(faulty.swallows), "cancellation", "swallows the cancellation"),
    "a thread that works on": (Tool(faulty.works_on_in_its_thread), "cancellation", "its thread goes on"),
    "progress that falls": (Tool(faulty.goes_backwards), "progress", "does not always increase"),
    "progress beyond the end": (Tool(faulty.goes_beyond), "progress", "beyond its total"),
}


class Ended(BaseException):
    """What the process would have ended with."""


def stuck(finding: Finding) -> NoReturn:
    raise Ended(finding)


async def found_in(tool: Tool, *plugins: Any) -> list[Finding]:
    async with Host([*plugins, faulty.Tools(tool), Validation(results=False)]) as host:
        return [finding async for finding in of_calls(host, host.tools[tool.name], stuck)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_found(fault: str):
    tool, rule, words = FAULTS[fault]
    found = await found_in(tool)
    assert rule in [finding.rule for finding in found]
    assert words in next(finding for finding in found if finding.rule == rule).what


@pytest.mark.parametrize("function", [faulty.good, faulty.checks_in_its_thread])
async def test_nothing_is_wrong_with_a_good_tool(function: Callable[..., Any]):
    assert await found_in(Tool(function)) == []


class Greedy:
    """A layer that takes arguments for granted before anything has looked at them."""

    @hookimpl
    def middleware(self) -> Any:
        return self.look

    async def look(self, call: Any, call_next: Any) -> Any:
        call.context.note("greedy", call.arguments["city"])
        return await call_next(call)


async def test_wrong_arguments_must_be_answered_as_such():
    found = await found_in(Tool(faulty.good), Greedy())
    assert [(one.rule, one.level) for one in found] == [("call-arguments", "error")]
    assert "KeyError" in found[0].what


def test_only_what_reads_and_costs_nothing_is_called():
    assert may_call(Tool(faulty.good, read_only=True), ())
    assert not may_call(Tool(faulty.good), ())
    assert not may_call(Tool(faulty.good, read_only=True, billable=True), ())
    assert may_call(Tool(faulty.good, destructive=True), ["good"])
