"""The span that is being recorded around a call learns what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, use_span

from toolpost import Context, Host, Refused, Tool, ToolResult, hookimpl
from toolpost.middleware.metrics import Metrics

META = {
    "toolpost/cache": "miss",
    "toolpost/usage": {"model": "gpt-6-luna", "input_tokens": 3, "output_tokens": 4},
    "toolpost/ledger": {"cost_usd": 0.5},
}


class Recorded(NonRecordingSpan):
    """A span that keeps its attributes, without the OpenTelemetry SDK."""

    def __init__(self) -> None:
        super().__init__(SpanContext(1, 1, is_remote=False))
        self.attributes: dict[str, Any] = {}

    def is_recording(self) -> bool:
        return True

    def set_attributes(self, attributes: Any) -> None:
        self.attributes |= attributes


class Work:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work)]

    async def work(self, password: str, context: Context) -> ToolResult:
        context.note("pii", decision="masked")
        if password == "no":
            raise Refused("canary")
        return ToolResult.of("canary", meta=META)


async def test_a_span_has_what_came_of_the_call_and_nothing_of_what_was_said(anyio_backend: str):
    span, context = Recorded(), Context(principal="canary-person")
    with use_span(span):
        async with Host({"metrics": Metrics(), "work": Work()}) as host:
            await host.call("work", {"password": "canary"}, context)
    assert span.attributes == {
        "gen_ai.tool.name": "work",
        "gen_ai.response.model": "gpt-6-luna",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "toolpost.plugin": "work",
        "toolpost.call": context.call_id,
        "toolpost.surface": "python",
        "toolpost.outcome": "ok",
        "toolpost.cache": "miss",
        "toolpost.decisions": ["pii:masked"],
        "toolpost.cost_usd": 0.5,
    }


async def test_a_failure_has_its_kind(anyio_backend: str):
    span = Recorded()
    with use_span(span, record_exception=False):
        async with Host({"metrics": Metrics(), "work": Work()}) as host:
            with pytest.raises(Refused):
                await host.call("work", {"password": "no"})
    assert span.attributes["toolpost.outcome"] == "refused"
    assert "canary" not in str(span.attributes)


async def test_a_span_that_nobody_records_is_left_alone(anyio_backend: str):
    current: Span = trace.get_current_span()
    assert not current.is_recording()
    async with Host({"metrics": Metrics(), "work": Work()}) as host:
        assert (await host.call("work", {"password": "x"})).text == "canary"
