"""A tool: a function that a model may call, and what policies need to know of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import anyio.to_thread
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from toolpost.errors import InvalidArguments, PluginError, ToolError
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.content import Embedded, blocks, is_content, media_bytes
from toolpost.tools.results import first_line, light, sendable, structured, weight
from toolpost.tools.signature import Answer, Signature
from toolpost.tools.threads import in_thread

# MCP 2025-11-25, tools: letters, digits, underscore, dash and dot, at most 128; clients in the field take 64.
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# Bytes of pictures, and of data, above which encoding them would hold up other calls.
LARGE, LONG = 1_000_000, 200_000
# When a call may go on although its request has been answered, and the seconds from which on a tool counts as slow.
Task = Literal["never", "released", "allowed", "required"]
SLOW = 60.0
# In the `meta` of a call's tool, where what is called is no tool.
PRIMITIVE = "toolpost/primitive"
Kind = Literal["tool", "resource", "prompt", "model"]


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
    seconds. `foreign` says that others wrote it, whom nobody here has looked at: its name gives way
    to all others. `provider` names whose service answers, such as "openai": tools of
    one provider fail together.

    `task` says when a call may go on although its request has been answered,
    for clients that come back for the result (MCP's tasks extension): `never`;
    `released`, from when the function calls `context.release()`; `allowed`,
    whenever it takes more than a moment or asks; `required`, the same, and
    clients of that era that do not come back are refused. None is `allowed`
    for what is billable or may take longer than a minute, and else `never`.

    The host fills `plugin`, `version` (of the plugin's distribution) and
    `policy` (a digest of the settings of all layers that stand around it).
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
    foreign: bool = False
    cacheable: bool = False
    timeout: float | None = None
    task: Task | None = None
    raw_input: Mapping[str, Any] | None = None
    raw_output: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] | None = None
    provider: str | None = None
    plugin: str = ""
    version: str = ""
    policy: str = ""

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
        _check(given, known=set(self.__dataclass_fields__))
        for field, value in given.items():
            object.__setattr__(self, field, value)

    def of(self, plugin: str, version: str = "", policy: str = "") -> Tool:
        """The same tool, as one that this plugin brought."""
        return self._changed(plugin=plugin, version=version, policy=policy)

    def plain(self) -> Tool:
        """The same as a tool and nothing else, whatever its `meta` says that it stands for."""
        if PRIMITIVE not in (self.meta or {}):
            return self
        other = self._changed(meta={key: value for key, value in (self.meta or {}).items() if key != PRIMITIVE})
        other.__dict__.pop("kind", None)
        return other

    def called(self, name: str) -> Tool:
        """The same tool by another name."""
        return self._changed(name=name)

    def with_words(
        self,
        *,
        description: str | None = None,
        title: str | None = None,
        input_schema: Mapping[str, Any] | None = None,
        output_schema: Mapping[str, Any] | None = None,
    ) -> Tool:
        """The same function, described otherwise to those who call it; None leaves a thing as it is."""
        given = {"title": title, "words": description, "input_schema": input_schema, "output_schema": output_schema}
        return self._changed(**{name: value for name, value in given.items() if value is not None})

    def _changed(self, **given: Any) -> Tool:
        # What was made of the annotations is kept, so that a copy costs little.
        other = copy(self)
        other.__dict__.update(given)
        return other

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
    def checked_input(self) -> Mapping[str, Any] | None:
        """The schema by which arguments are checked; None where the types of the function do that."""
        return self.raw_input

    @cached_property
    def checked_output(self) -> Mapping[str, Any] | None:
        """The schema by which results are checked; None where making them has done that."""
        if self.raw_output is not None or self.kind != "tool":
            return self.raw_output
        return self._answer.schema if self._answer and self._answer.holds_fields else None

    @cached_property
    def words(self) -> str:
        """What a model reads about this tool."""
        if self.description is not None:
            return self.description
        return self.signature.description if self.raw_input is None else inspect.getdoc(self.function) or ""

    @cached_property
    def kind(self) -> Kind:
        """What it stands for: resources, prompts and questions to a model pass the same layers, as tools do."""
        kind = (self.meta or {}).get(PRIMITIVE)
        return kind if kind in ("resource", "prompt", "model") else "tool"

    @cached_property
    def outlives(self) -> Task:
        """When a call of it may outlive its request: `task`, or what follows from the rest."""
        if self.task is not None:
            return self.task
        return "allowed" if self.billable or (self.timeout or 0) > SLOW else "never"

    @cached_property
    def _answer(self) -> Answer | None:
        return None if self.raw_input is not None else Answer.of(self.signature.hints)

    @cached_property
    def _is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(
            getattr(self.function, "__call__", None)  # noqa: B004 - not whether it can be called, but what calls it
        )

    @cached_property
    def takes_context(self) -> bool:
        """Whether the function knows of its surroundings: only then can it report, or ask."""
        if self.raw_input is None:
            return self.signature.context is not None
        return len(inspect.signature(self.function).parameters) > 1

    async def refuse(self, call: ToolCall, wrong: Sequence[str]) -> None:
        """Raise `InvalidArguments` for arguments of which `checked_input` says what is wrong."""
        raise InvalidArguments("; ".join(wrong))

    async def answer(self, call: ToolCall) -> ToolResult:
        """Run the function, a plain one in a thread, and turn what it returns into a result."""
        bound = self._bind(call)
        return await self._sent(await (bound() if self._is_async else in_thread(self, bound)))

    async def _sent(self, value: Any) -> ToolResult:
        """As `result`; what is large is encoded in a thread."""
        if self.kind == "resource" and isinstance(value, bytes | bytearray):
            # Whoever asked knows its address.
            value = Embedded(f"resource:{self.name}", bytes(value))
        if media_bytes(value) < LARGE and weight(value, LONG) < LONG:
            return self.result(value)
        return await anyio.to_thread.run_sync(self.result, value)

    def _bind(self, call: ToolCall) -> Callable[[], Any]:
        if self.raw_input is not None:
            rest = (call.context,) if self.takes_context else ()
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
            light(value)
            if isinstance(value, ToolResult):
                return sendable(value)
            if self._answer is not None and not (self.kind == "resource" and is_content(value)):
                return structured(self._answer.dump(value), wrapped=self._answer.wrapped)
            if is_content(value):
                return sendable(ToolResult(tuple(blocks(value))))
            return ToolResult() if value is None and self._may_be_silent else structured(value)
        except (ValidationError, PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
            raise ToolError(f"{self.name} answered something that cannot be sent: {first_line(error)}") from error

    @cached_property
    def _may_be_silent(self) -> bool:
        return self.raw_input is None and self.signature.hints.get("return", ...) is type(None)


def _check(given: Mapping[str, Any], known: set[str]) -> None:
    """Refuse what cannot be said of a tool, `known` being what can."""
    name = given["name"]
    if unknown := set(given) - known:
        raise PluginError(f"tool {name!r}: {sorted(unknown)[0]!r} is not something to say of a tool")
    for field in ("name", "title", "description"):
        if not isinstance(given.get(field), str | None):
            raise PluginError(f"tool {str(name)[:64]!r}: its {field} is no text")
    if not NAME.fullmatch(name):
        raise PluginError(f"tool {name!r}: a name is 1 to 64 letters, digits, '_', '-' and '.'")
