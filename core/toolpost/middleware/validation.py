"""The `validation` layer: arguments are checked against the tool's schema before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from weakref import WeakKeyDictionary

import anyio.to_thread
from pydantic import Field

from toolpost.errors import InvalidArguments, ToolError
from toolpost.hookspecs import hookimpl
from toolpost.tools.bounds import measure
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.middleware.schema import Checker

LARGE = 100_000


@dataclass
class Validation:
    """Refuses arguments that do not fit, and results that break the tool's own output schema.

    Functions are checked by the types of their parameters, and by JSON Schema
    2020-12 where those are elsewhere, or there is but a schema. `depth` bounds how deeply arguments may nest, and
    `values` how many they may hold: each wrong one costs about a kilobyte.
    """

    depth: Annotated[int, Field(ge=1, le=200)] = 64
    values: Annotated[int, Field(ge=100)] = 50_000
    results: bool = True
    patience: ClassVar[None] = None

    def __post_init__(self) -> None:
        self._checkers: WeakKeyDictionary[Tool, tuple[Checker | None, Checker | None]] = WeakKeyDictionary()

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on if the arguments fit."""
        size, tool = measure(call.arguments, self.depth, self.values), call.tool
        if tool.checked_input is None:
            tool.signature.parse(call.arguments)
            if tool.checked_output is None:
                return await call_next(call)
        given, returned = self._checkers.get(tool) or self._compile(tool)
        if given is not None and (wrong := await _run(given, dict(call.arguments), size)):
            await tool.refuse(call, wrong)
        result = await call_next(call)
        if returned is not None and not result.is_error:
            await self._check_result(call, returned, result)
        return result

    def explain(self, call: ToolCall) -> str:
        try:
            measure(call.arguments, self.depth, self.values)
            wrong = self._findings(call)
        except InvalidArguments as error:
            wrong = str(error)
        return f"would refuse: {wrong}" if wrong else "the arguments fit"

    def _findings(self, call: ToolCall) -> str:
        if call.tool.checked_input is None:
            call.tool.signature.parse(call.arguments)
            return ""
        given, _ = self._checkers.get(call.tool) or self._compile(call.tool)
        return "; ".join(given(dict(call.arguments))) if given else ""

    def _compile(self, tool: Tool) -> tuple[Checker | None, Checker | None]:
        given = _checker(tool.checked_input, tool, is_raw=tool.raw_input is not None)
        promised = tool.checked_output if self.results else None
        returned = _checker(promised, tool, is_raw=tool.raw_output is not None)
        self._checkers[tool] = given, returned
        return given, returned

    async def _check_result(self, call: ToolCall, returned: Checker, result: ToolResult) -> None:
        size = sum(len(block.text) for block in result.content if block.type == "text")
        if wrong := await _run(returned, result.structured, size):
            call.context.note("validation", "the result breaks the tool's own output schema")
            raise ToolError(f"{call.tool.name} answered something that breaks its own output schema: {wrong[0]}")


def _checker(schema: Mapping[str, Any] | None, tool: Tool, *, is_raw: bool) -> Checker | None:
    if schema is None:
        return None
    # It takes 16 ms to import, and not every tool needs it.
    from toolpost.middleware.schema import Checker

    try:
        return Checker(schema, tool.name)
    except ToolError:
        if is_raw:
            raise
        # Types may be more than a schema can say, and a function is called by those.
        return None


async def _run(checker: Checker, value: Any, size: int) -> list[str]:
    """What is wrong with a value; a large one is looked at in a thread."""
    if size < LARGE:
        return checker(value)
    return await anyio.to_thread.run_sync(checker, value)
