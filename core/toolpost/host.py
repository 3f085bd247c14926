"""The host: plugins in, answers out. Every call of every surface goes through `Host.call`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import anyio

from toolpost.changes import KINDS, Change, Changes
from toolpost.crash import failure
from toolpost.errors import PluginError, ToolError, UnknownTool
from toolpost.generations import Generation
from toolpost.lifespans import Lifespans
from toolpost.offers import Offers
from toolpost.onion import Guards, applies, fold
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import CallNext, ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.streams import Chain, TextFilter
from toolpost.tools.tool import Tool

# Seconds after which what a plugin held open is closed, although a call that began with it goes on.
RETIRING = 600.0


class Host:
    """Holds plugins and answers calls.

    ```python
    async with Host([Weather(units="metric")]) as host:
        result = await host.call("forecast", {"city": "Oslo"})
    ```

    The plugins come in the order of the configuration, by name or just in a
    list; their layers stand around every call in that order, first outermost.
    `hidden` names tools that are as if they were not there, `required` plugins without which the host does not open;
    `guards` says what becomes of a call whose layer fails, `versions` the versions of the plugins' distributions.
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
        guards: Guards | None = None,
        versions: Mapping[str, str] | None = None,
        changes: Changes | None = None,
    ) -> None:
        self.registry = Registry(plugins, versions)
        self.changes = changes or Changes()
        self.changes.bind(self)
        # pluggy asks the plugin registered last first, which is the order in
        # which an onion is built: the layer nearest to the tool comes first.
        self.layers = self.registry.layers()
        self._hidden = frozenset(hidden)
        self._required = frozenset(required)
        self._guards = guards or Guards()
        self.offers = Offers(self.layers, self.registry.versions)
        self._onions: dict[Tool, CallNext] = {}
        self._generation = Generation()
        self._lifespans = Lifespans()
        self._gather()

    async def __aenter__(self) -> Self:
        await self._lifespans.open(self.registry.lifespans(), self._failing(self.registry))
        try:
            self._require()
        except PluginError:
            await self._lifespans.aclose()
            raise
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
        context = context or Context()
        tool = self.tools.get(name)
        if tool is None or not self.offers.shows(tool, context.principal):
            raise UnknownTool.among("tool", name, (tool.name for tool in self.tools_of(context.principal)))
        return await self.answer(ToolCall(tool, arguments or {}, context))

    async def read(self, uri: str, context: Context | None = None) -> tuple[Resource, ToolResult]:
        """Read a resource, as a call through the same layers; raises as `call` does."""
        context = context or Context()
        shown = self.resources_of(context.principal)
        for resource in shown:
            if (arguments := resource.match(uri)) is not None:
                return resource, await self.answer(ToolCall(resource.tool, arguments, context))
        raise UnknownTool.among("resource", uri, (resource.uri for resource in shown))

    async def prompt(
        self, name: str, arguments: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> ToolResult:
        """Fill a prompt, as a call through the same layers; raises as `call` does."""
        context = context or Context()
        prompt = self.prompts.get(name)
        if prompt is None or not self.offers.shows(prompt.tool, context.principal):
            raise UnknownTool.among("prompt", name, (prompt.name for prompt in self.prompts_of(context.principal)))
        return await self.answer(ToolCall(prompt.tool, arguments or {}, context))

    def tools_of(self, principal: str) -> list[Tool]:
        """The tools that a caller has."""
        return [tool for tool in self.tools.values() if self.offers.shows(tool, principal)]

    def resources_of(self, principal: str) -> list[Resource]:
        """The resources that a caller has."""
        return [resource for resource in self.resources if self.offers.shows(resource.tool, principal)]

    def prompts_of(self, principal: str) -> list[Prompt]:
        """The prompts that a caller has."""
        return [prompt for prompt in self.prompts.values() if self.offers.shows(prompt.tool, principal)]

    async def answer(self, call: ToolCall) -> ToolResult:
        """Take a call through the layers that apply to its tool, and contain whatever a plugin does."""
        generation = self._generation
        generation.running += 1
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
        finally:
            generation.ended()

    def onion(self, tool: Tool) -> CallNext:
        """The layers that apply to a tool, folded around it; made once for each tool."""
        onion = self._onions.get(tool)
        if onion is None:
            layers = [(name, layer) for name, layer in self.layers if applies(layer, tool)]
            onion = self._onions[tool] = fold(layers, tool.answer, self._guards)
        return onion

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What a text about this call passes that is sent bit by bit; None where no layer minds."""
        around = (layer for _, layer in self.layers if hasattr(layer, "stream") and applies(layer, call.tool))
        filters = [found for layer in around if (found := layer.stream(call)) is not None]
        return Chain(filters) if filters else None

    async def become(self, other: Host, kept: Collection[str] = ()) -> None:
        """Offer from now on what another host does, which must not be entered; calls under way end as they began.

        `kept` names the plugins that both share: what those hold open stays
        open. That of all others is closed when the last call has ended that
        began before.

        Raises:
            PluginError: a plugin that is required does not start; this host goes on as it was.
        """
        before = self._lifespans.held()
        lifespans = other.registry.lifespans(kept)
        opened = await self._lifespans.open(lifespans, self._failing(other.registry))
        try:
            other._require()
        except PluginError:
            await self._lifespans.close(opened)
            raise
        past = self._take(other)
        gone = [held for held in before if held.name not in kept]

        async def retire() -> None:
            with anyio.move_on_after(RETIRING):
                await past.idle()
            await self._lifespans.close(gone)

        self._lifespans.later(retire)

    def asks(self, tool: Tool) -> bool:
        """Whether a call of this tool may ask or tell its caller something before it is answered."""
        return tool.takes_context or any(
            getattr(layer, "asks", False) and applies(layer, tool) for _, layer in self.layers
        )

    def ask_again(self, plugin: object, hook: str) -> bool:
        """Ask a plugin anew for its tools, resources or prompts; whether it answered."""
        if not self.registry.ask_again(plugin, hook):
            return False
        self._gather()
        return True

    def _gather(self) -> None:
        """Take what the plugins that stand have to offer."""
        self.tools = self.offers.tools(self.registry.tools(self._hidden))
        self.resources = list(self.offers.primitives(self.registry.resources()))
        self.prompts = {prompt.name: prompt for prompt in self.offers.primitives(self.registry.prompts())}
        # Calls under way hold the onion that they are in.
        self._onions.clear()

    def _take(self, other: Host) -> Generation:
        """Take all that another host has; what calls were under way until then."""
        past, self._generation = self._generation, Generation()
        self.registry, self.layers, self.offers = other.registry, other.layers, other.offers
        self._hidden, self._required, self._guards = other._hidden, other._required, other._guards
        self._gather()
        self._tell()
        return past

    def _require(self) -> None:
        for name in self._required & self.registry.broken.keys():
            reason = self.registry.broken[name]
            raise PluginError(
                f"plugin {name!r} is required and does not start: {reason}; mend it, or do not require it"
            )

    def _failing(self, registry: Registry) -> Callable[[str, BaseException], None]:
        """What to do when a lifespan fails: what its plugin offers would stand on nothing.

        Its layer stays. It may be a guard, and guards fail closed.
        """

        def failed(name: str, error: BaseException) -> None:
            registry.quarantine(name, error)
            if registry is self.registry:
                self._gather()
                self._tell()

        return failed

    def _tell(self) -> None:
        for kind in KINDS:
            self.changes.tell(Change(kind))
