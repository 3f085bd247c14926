"""A tool of llm as a function that toolpost calls."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import llm

from toolpost import Context, InvalidArguments, Refused, Tool, ToolError
from toolpost_llm_tools.answer import answer
from toolpost_llm_tools.boxes import Boxes

# The parameter that llm fills itself.
CALL = "llm_tool_call"


@dataclass(frozen=True)
class Function:
    """A tool that is a function by itself."""

    name: str
    inner: llm.Tool

    def tool(self, timeout: float, read_only: bool | None) -> Tool:
        """The same for toolpost, with llm's own words and schema."""
        return Tool(
            self._async_call if self._is_async else self._call,
            name=self.name,
            description=inspect.cleandoc(self.inner.description or ""),
            input_schema=self.inner.input_schema,
            read_only=read_only,
            timeout=timeout,
        )

    @property
    def _is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.inner.implementation)

    def _call(self, arguments: Mapping[str, Any], context: Context) -> Any:
        given = _given(self.inner, arguments, context)
        return _contained(lambda: answer(_implementation(self.inner)(**given)))

    async def _async_call(self, arguments: Mapping[str, Any], context: Context) -> Any:
        given = _given(self.inner, arguments, context)
        return await _contained_async(lambda: _implementation(self.inner)(**given))


@dataclass(frozen=True)
class Method(Function):
    """A tool that belongs to a toolbox, of which each caller has one."""

    boxes: Boxes

    def _call(self, arguments: Mapping[str, Any], context: Context) -> Any:
        def run(box: llm.Toolbox) -> Any:
            tool = self.boxes.tool(box, self.name)
            return answer(_implementation(tool)(**_given(tool, arguments, context)))

        return _contained(lambda: self.boxes.run(context.principal, run))

    async def _async_call(self, arguments: Mapping[str, Any], context: Context) -> Any:
        async def run() -> Any:
            box = await self.boxes.of(context.principal)
            tool = self.boxes.tool(box, self.name)
            return await _implementation(tool)(**_given(tool, arguments, context))

        return await _contained_async(run)


def _given(tool: llm.Tool, arguments: Mapping[str, Any], context: Context) -> dict[str, Any]:
    known = tool.input_schema.get("properties", {})
    if unknown := sorted(set(arguments) - set(known)):
        raise InvalidArguments(f"{unknown[0][:64]}: no such argument; allowed: {', '.join(known) or 'none'}")
    given = dict(arguments)
    if CALL in inspect.signature(_implementation(tool)).parameters:
        given[CALL] = llm.ToolCall(name=tool.name, arguments=dict(arguments), tool_call_id=context.call_id)
    return given


def _implementation(tool: llm.Tool) -> Callable[..., Any]:
    found: Callable[..., Any] | None = tool.implementation
    assert found is not None  # those without one were left out
    return found


def _contained(run: Callable[[], Any]) -> Any:
    """What a tool gives; what it raises is a text for the model, as llm has it."""
    try:
        return run()
    except ToolError:
        raise
    except Exception as error:
        raise _failure(error) from error


async def _contained_async(run: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return answer(await run())
    except ToolError:
        raise
    except Exception as error:
        raise _failure(error) from error


def _failure(error: Exception) -> ToolError:
    if isinstance(error, llm.CancelToolCall):
        return Refused(str(error) or "the tool does not run now")
    if isinstance(error, llm.PauseChain):
        return Refused("this tool waits for a person in between, which only llm itself can arrange")
    return ToolError(f"{type(error).__name__}: {error}"[:2000])
