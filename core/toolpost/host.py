"""The host: plugins in, answers out. Every call of every surface goes through `Host.call`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from toolpost.crash import failure
from toolpost.errors import ToolError, UnknownTool
from toolpost.lifespans import Lifespans
from toolpost.onion import fold
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import CallNext, ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.tool import Tool


class Host:
    """Holds plugins and answers calls.

    ```python
    async with Host([Weather(units="metric")]) as host:
        result = await host.call("forecast", {"city": "Oslo"})
    ```

    The plugins come in the order of the configuration, by name or just in a
    list; their layers stand around every call in that order, first outermost.
    """

    def __init__(self, plugins: Mapping[str, object] | Iterable[object], *, hidden: Iterable[str] = ()) -> None:
        self.registry = Registry(plugins)
        self.tools: dict[str, Tool] = self.registry.tools(hidden=frozenset(hidden))
        self.resources: list[Resource] = self.registry.resources()
        self.prompts: dict[str, Prompt] = self.registry.prompts()
        # pluggy asks the plugin registered last first, which is the order in
        # which an onion is built: the layer nearest to the tool comes first.
        self.layers = self.registry.layers()
        self._answers: dict[Tool, CallNext] = {}
        self._lifespans = Lifespans(self._leave_out)

    async def __aenter__(self) -> Self:
        for name, lifespan in self.registry.lifespans():
            await self._lifespans.enter(name, lifespan)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lifespans.aclose()

    async def call(
        self, name: str, arguments: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> ToolResult:
        """Call a tool through all its layers.

        Raises:
            UnknownTool: there is no such tool.
            ToolError: the call failed; anything that a plugin raises becomes one.
        """
        tool = self.tools.get(name)
        if tool is None:
            raise UnknownTool(self.registry.unknown("tool", name, self.tools))
        return await self.answer(ToolCall(tool, arguments or {}, context or Context()))

    async def read(self, uri: str, context: Context | None = None) -> tuple[Resource, ToolResult]:
        """Read a resource, as a call through the same layers."""
        for resource in self.resources:
            if (arguments := resource.match(uri)) is not None:
                return resource, await self.answer(ToolCall(resource.tool, arguments, context or Context()))
        raise UnknownTool(self.registry.unknown("resource", uri, [r.uri for r in self.resources]))

    async def prompt(
        self, name: str, arguments: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> ToolResult:
        """Fill a prompt, as a call through the same layers."""
        if name not in self.prompts:
            raise UnknownTool(self.registry.unknown("prompt", name, self.prompts))
        return await self.answer(ToolCall(self.prompts[name].tool, arguments or {}, context or Context()))

    async def answer(self, call: ToolCall) -> ToolResult:
        """Take a call through the layers that apply to its tool, and contain whatever a plugin does."""
        try:
            result = await self.onion(call.tool)(call)
            if type(result) is not ToolResult:
                raise TypeError(f"a layer answered {type(result).__name__}, not a ToolResult")
            return result
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            seen = failure(error, call)
            if seen is error:
                raise
            raise seen from error

    def onion(self, tool: Tool) -> CallNext:
        """The layers that apply to a tool, folded around it; made once for each tool."""
        answer = self._answers.get(tool)
        if answer is None:
            layers = [(name, layer) for name, layer in self.layers if applies(layer, tool)]
            answer = self._answers[tool] = fold(layers, tool.answer)
        return answer

    def _leave_out(self, name: str, error: BaseException) -> None:
        """A plugin's lifespan has failed: its tools would stand on nothing."""
        self.registry.quarantine(name, error)
        self.tools = {n: tool for n, tool in self.tools.items() if self.registry.owners[n] != name}


def applies(layer: Any, tool: Tool) -> bool:
    """Whether a layer wants to stand around a tool: all do that do not say otherwise."""
    wants = getattr(layer, "applies_to", None)
    return wants is None or bool(wants(tool))
