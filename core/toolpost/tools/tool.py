"""A tool: a function that a model may call, and what policies need to know of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from mcp_types import TextContent
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from toolpost.errors import PluginError, ToolError
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.content import BLOCKS, blocks, is_content, media_bytes, text
from toolpost.tools.signature import Answer, Signature

# No model reads as much, and every layer would have to look through it.
RESULT_BYTES = 16 * 1024 * 1024
# MCP 2025-11-25, tools: letters, digits, underscore, dash and dot, at most 128; clients in the field take 64.
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# Bytes of pictures above which encoding them would hold up other calls.
LARGE = 1_000_000
# Plain functions that run at once, in threads that the host's own work does not share: they may hang for ever.
THREADS = 40
_threads: RunVar[dict[Tool, anyio.CapacityLimiter]] = RunVar("threads of tools")


@dataclass(frozen=True, eq=False, kw_only=True)
class Tool:
    """A function with its name, its words for the model, and its nature.

    ```python
    Tool(self.forecast, read_only=True)
    ```

    The name and description default to the function's own name and docstring,
    the schemas to its annotations. With `input_schema` given the function
    takes the arguments as one mapping, as they came. `read_only`,
    `destructive`, `idempotent` and `open_world` are MCP's hints, None where
    nothing is known; `billable` says that a call costs money, `cacheable`
    that the same arguments give the same answer for a while; `timeout` is in
    seconds.
    """

    function: Callable[..., Any]
    name: str
    description: str | None = None
    title: str | None = None
    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None
    billable: bool = False
    cacheable: bool = False
    timeout: float | None = None
    raw_input: Mapping[str, Any] | None = None
    raw_output: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] | None = None

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        input_schema: Mapping[str, Any] | None = None,
        output_schema: Mapping[str, Any] | None = None,
        **nature: Any,
    ) -> None:
        given = {
            "function": function,
            "name": name or getattr(function, "__name__", ""),
            "raw_input": input_schema,
            "raw_output": output_schema,
            **nature,
        }
        if unknown := set(given) - set(self.__dataclass_fields__):
            raise PluginError(f"tool {given['name']!r}: {sorted(unknown)[0]!r} is not something to say of a tool")
        for field, value in given.items():
            object.__setattr__(self, field, value)
        for field in ("name", "title", "description"):
            if not isinstance(given.get(field), str | None):
                raise PluginError(f"tool {str(self.name)[:64]!r}: its {field} is no text")
        if not NAME.fullmatch(self.name):
            raise PluginError(f"tool {self.name!r}: a name is 1 to 64 letters, digits, '_', '-' and '.'")

    @cached_property
    def signature(self) -> Signature:
        """What the annotations say; made when first needed."""
        return Signature(self.function)

    @cached_property
    def input_schema(self) -> Mapping[str, Any]:
        """JSON Schema 2020-12 of the arguments."""
        return self.raw_input if self.raw_input is not None else self.signature.arguments

    @cached_property
    def output_schema(self) -> Mapping[str, Any] | None:
        """JSON Schema of the structured answer, None where there is only content."""
        if self.raw_output is not None:
            return self.raw_output
        return self._answer.schema if self._answer else None

    @cached_property
    def words(self) -> str:
        """What a model reads about this tool."""
        if self.description is not None:
            return self.description
        return self.signature.description if self.raw_input is None else inspect.getdoc(self.function) or ""

    @cached_property
    def _answer(self) -> Answer | None:
        return None if self.raw_input is not None else Answer.of(self.signature.hints)

    @cached_property
    def _is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(
            getattr(self.function, "__call__", None)  # noqa: B004 - not whether it can be called, but what calls it
        )

    @cached_property
    def _takes_context(self) -> bool:
        return len(inspect.signature(self.function).parameters) > 1

    async def answer(self, call: ToolCall) -> ToolResult:
        """Run the function and turn what it returns into a result.

        A plain function runs in a thread, which is left behind when the call
        is cancelled: nothing can stop a thread.
        """
        bound = self._bind(call)
        if self._is_async:
            return await self._sent(await bound())
        value, error = await anyio.to_thread.run_sync(_outcome, bound, abandon_on_cancel=True, limiter=_limiter(self))
        if error is not None:
            raise error
        return await self._sent(value)

    async def _sent(self, value: Any) -> ToolResult:
        """As `result`; the base64 of large pictures is made in a thread."""
        if media_bytes(value) < LARGE:
            return self.result(value)
        return await anyio.to_thread.run_sync(self.result, value)

    def _bind(self, call: ToolCall) -> Callable[[], Any]:
        if self.raw_input is not None:
            rest = (call.context,) if self._takes_context else ()
            return partial(self.function, dict(call.arguments), *rest)
        arguments = self.signature.parse(call.arguments)
        if self.signature.context is not None:
            arguments[self.signature.context] = call.context
        return partial(self.function, **arguments)

    def result(self, value: Any) -> ToolResult:
        """The result that a returned value stands for.

        Raises:
            ToolError: the value is none that can be sent, or breaks the tool's own annotation.
        """
        try:
            if isinstance(value, ToolResult):
                return sendable(value)
            if self._answer is not None:
                return structured(self._answer.dump(value), wrapped=self._answer.wrapped)
            if is_content(value):
                return sendable(ToolResult(tuple(blocks(value))))
            return ToolResult() if value is None and self._may_be_silent else structured(value)
        except (ValidationError, PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
            raise ToolError(f"{self.name} answered something that cannot be sent: {_first_line(error)}") from error

    @cached_property
    def _may_be_silent(self) -> bool:
        return self.raw_input is None and self.signature.hints.get("return", ...) is type(None)


def _limiter(tool: Tool) -> anyio.CapacityLimiter:
    """Each tool's own: on trio a thread that hangs keeps its place, which must not be another tool's."""
    limiters = _threads.get(None)
    if limiters is None:
        limiters = {}
        _threads.set(limiters)
    if tool not in limiters:
        limiters[tool] = anyio.CapacityLimiter(THREADS)
    return limiters[tool]


def _outcome(bound: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """What a function in a thread returned or raised.

    Raised here, a GeneratorExit or StopIteration would be thrown into the
    event loop's task and end it, past everything that contains exceptions.
    """
    try:
        return bound(), None
    except BaseException as error:
        return None, error


def sendable(result: ToolResult) -> ToolResult:
    """A result that was built by hand, if it can be sent.

    Raises:
        ValueError: a text has a lone surrogate, or the structured content is no JSON.
    """
    for block in result.content:
        if not isinstance(block, BLOCKS):
            raise TypeError(f"{type(block).__name__} is no content block")
        if isinstance(block, TextContent):
            block.text.encode()
            _within(len(block.text))
    if result.structured is None:
        return result
    data = to_json(result.structured)
    _within(len(data))
    return replace(result, structured=from_json(data, allow_inf_nan=False))


def structured(value: Any, *, wrapped: bool = False) -> ToolResult:
    """A result of data: as structured content for programs, and as JSON text for models.

    Raises:
        ValueError: the value is no JSON: nothing, NaN, bytes, a cycle, a lone surrogate.
    """
    if value is None and not wrapped:
        raise ValueError("it answered nothing")
    if isinstance(value, bytes | bytearray | set | frozenset):
        raise ValueError(f"{type(value).__name__} is not JSON; return text, an Image or an Audio")
    # Through JSON and back: what the plugin keeps a hold of cannot change the result, and NaN cannot hide in it.
    data = to_json(value, inf_nan_mode="constants")
    _within(len(data))
    plain = from_json(data, allow_inf_nan=False)
    return ToolResult((text(data.decode()),), {"result": plain} if wrapped or not isinstance(plain, dict) else plain)


def _within(size: int) -> None:
    if size > RESULT_BYTES:
        raise ValueError(f"it is {size} bytes long, and at most {RESULT_BYTES} are sent; return a Link or less")


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, found['loc'])) or 'the answer'}: {found['msg']}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
