"""What is wrong with layers, on both event loops."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import anyio
import pytest

from toolpost import Middleware, Refused, ToolError, ToolResult, hookimpl
from toolpost.checks.finding import Finding
from toolpost.checks.layers import of_layer
from toolpost.middleware.retry import Retry
from toolpost.middleware.timeout import Timeout
from toolpost.middleware.trace import Trace


@dataclass
class Layer:
    """A plugin with a layer that says what it would do."""

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        answer: ToolResult = await call_next(call)
        return answer

    def explain(self, call: Any) -> str:
        return "goes on"


class Rewrites(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        answer = await call_next(call)
        return replace(answer, content=answer.content[1:])


class HidesPictures(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        answer = await call_next(call)
        return replace(answer, content=answer.content[:1])


class Fails(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        await call_next(call)
        raise ToolError("no answer is good enough")


class Forgets(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        return await call_next(call) and None  # type: ignore[return-value]


class Repeats(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        await call_next(call)
        answer: ToolResult = await call_next(call)
        return answer


class TriesAgain(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        for _ in range(2):
            with contextlib.suppress(ToolError):
                answer: ToolResult = await call_next(call)
                return answer
        answer = await call_next(call)
        return answer


class Answers(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        try:
            answer: ToolResult = await call_next(call)
        except ToolError as error:
            return ToolResult.of(str(error))
        return answer


class Crashes(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        raise KeyError(call.tool.name)


class Swallows(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        try:
            answer: ToolResult = await call_next(call)
        except anyio.get_cancelled_exc_class():
            return ToolResult.of("never mind")
        return answer


class Prints(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        print("passing")
        answer: ToolResult = await call_next(call)
        return answer


class Refuses(Layer):
    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        raise Refused("closed")


class Unsaid:
    @hookimpl
    def middleware(self) -> Middleware:
        return self.around

    async def around(self, call: Any, call_next: Any) -> ToolResult:
        answer: ToolResult = await call_next(call)
        return answer


class Withholds(Layer):
    def offered(self, tool: Any) -> None:
        return None


FAULTS = [
    (Rewrites(), "layer-content", "error"),
    (HidesPictures(), "layer-content", "note"),
    (Fails(), "layer-content", "error"),
    (Forgets(), "layer-errors", "error"),
    (Repeats(), "layer-once", "error"),
    (TriesAgain(), "layer-once", "error"),
    (Answers(), "layer-errors", "error"),
    (Crashes(), "layer-errors", "error"),
    (Swallows(), "layer-cancellation", "error"),
    (Prints(), "call-output", "error"),
    (Refuses(), "layer-content", "note"),
    (Withholds(), "layer-content", "note"),
    (Unsaid(), "layer-explain", "note"),
]


def stuck(finding: Finding) -> NoReturn:
    raise AssertionError(finding)


async def found_in(plugin: object) -> list[Finding]:
    return [finding async for finding in of_layer("layer", plugin, stuck)]


@pytest.mark.parametrize(("plugin", "rule", "level"), FAULTS, ids=lambda given: type(given).__name__)
async def test_each_fault_is_found(plugin: object, rule: str, level: str):
    assert (rule, level) in [(found.rule, found.level) for found in await found_in(plugin)]


@pytest.mark.parametrize("plugin", [Layer(), Trace(), Timeout(), Retry(first_wait=0.001)])
async def test_nothing_is_wrong_with_a_good_layer(plugin: object):
    assert await found_in(plugin) == []


async def test_a_plugin_without_a_layer_has_nothing_to_find():
    assert await found_in(object()) == []
