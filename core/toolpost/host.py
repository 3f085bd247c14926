"""The host: plugins in, answers out. Every call of every surface goes through `Host.call`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from toolpost.crash import failure
from toolpost.errors import PluginError, ToolError, UnknownTool
from toolpost.lifespans import Lifespans
from toolpost.onion import applies, fold
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
    `hidden` names tools that are as if they were not there, `required` plugins without which the host does not open.
    """

    tools: Mapping[str, Tool]
    resources: list[Resource]
    prompts: Mapping[str, Prompt]

    def __init__(
        self,
        plugins: Mapping[str, object] | Iterable[object],
        *,
        hidden: Iterable[str] = (),
        required: Iterable[str] = (),
    ) -> None:
        self.registry = Registry(plugins)
        # pluggy asks the plugin registered last first, which is the order in
        # which an onion is built: the layer nearest to the tool comes first.
        self.layers = self.registry.layers()
        self._hidden = frozenset(hidden)
        self._required = frozenset(required)
        self._onions: dict[Tool, CallNext] = {}
        self._lifespans = Lifespans(self._leave_out)
        self._gather()

    async def __aenter__(self) -> Self:
        await self._lifespans.open(self.registry.lifespans())
        for name in self._required & self.registry.broken.keys():
            await self._lifespans.aclose()
            reason = self.registry.broken[name]
            raise PluginError(
                f"plugin {name!r} is required and does not start: {reason}; mend it, or do not require it"
            )
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
        if (tool := self.tools.get(name)) is None:
            raise UnknownTool.among("tool", name, self.tools)
        return await self.answer(ToolCall(tool, arguments or {}, context or Context()))

    async def read(self, uri: str, context: Context | None = None) -> tuple[Resource, ToolResult]:
        """Read a resource, as a call through the same layers; raises as `call` does."""
        for resource in self.resources:
            if (arguments := resource.match(uri)) is not None:
                return resource, await self.answer(ToolCall(resource.tool, arguments, context or Context()))
        raise UnknownTool.among("resource", uri, (resource.uri for resource in self.resources))

    async def prompt(
        self, name: str, arguments: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> ToolResult:
        """Fill a prompt, as a call through the same layers; raises as `call` does."""
        if (prompt := self.prompts.get(name)) is None:
            raise UnknownTool.among("prompt", name, self.prompts)
        return await self.answer(ToolCall(prompt.tool, arguments or {}, context or Context()))

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
        onion = self._onions.get(tool)
        if onion is None:
            layers = [(name, layer) for name, layer in self.layers if applies(layer, tool)]
            onion = self._onions[tool] = fold(layers, tool.answer)
        return onion

    def _gather(self) -> None:
        """Take what the plugins that stand have to offer."""
        self.tools = self.registry.tools(self._hidden)
        self.resources = self.registry.resources()
        self.prompts = self.registry.prompts()

    def _leave_out(self, name: str, error: BaseException) -> None:
        """A plugin's lifespan has failed: what it offers would stand on nothing.

        Its layer stays. It may be a guard, and guards fail closed.
        """
        self.registry.quarantine(name, error)
        self._gather()
