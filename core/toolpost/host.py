"""The host: plugins in, answers out. Every call of every surface goes through `Host.call`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from toolpost.changes import KINDS, Change, Changes
from toolpost.crash import failure
from toolpost.errors import ToolError, UnknownTool
from toolpost.offers import Offers
from toolpost.onion import Guards
from toolpost.plugins.absent import absent
from toolpost.plugins.expected import dispensable, want
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.standing import Standing
from toolpost.succession import Succession
from toolpost.tools.bounds import refuse_heaps
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.streams import TextFilter
from toolpost.tools.tool import Tool


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
        self._plugins = Succession(Standing(plugins, hidden, required, guards, versions), self._tell)
        self._closed: Collection[str] = ()
        self.is_open = False
        self.changes = changes or Changes()
        self.changes.bind(self)

    async def __aenter__(self) -> Self:
        await self._plugins.begin(self._closed)
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False
        await self._plugins.aclose()

    def want(self, name: str) -> None:
        """Before it is entered, for calls of this tool alone: what would only bring other tools stays closed."""
        self._closed = dispensable(self.registry, name)
        want(self.registry, name)

    async def call(
        self, name: str, arguments: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> ToolResult:
        """Call a tool through all its layers.

        Raises:
            UnknownTool: there is no such tool; `Unavailable` where a part that is down for now would have it.
            ToolError: the call failed; anything that a plugin raises becomes one.
        """
        context = context or Context()
        tool = self.tools.get(name)
        if tool is None or not self.offers.shows(tool, context.principal):
            raise self.unknown(name, context.principal)
        refuse_heaps(arguments or {})
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

    async def answer(self, call: ToolCall) -> ToolResult:
        """Take a call through the layers that apply to its tool, and contain whatever a plugin does."""
        calls = self._plugins.now.calls
        calls.running += 1
        try:
            return await self._plugins.now.onion(call.tool)(call)
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            seen = failure(error, call)
            if seen is error:
                raise
            raise seen from error
        finally:
            calls.ended()

    def unknown(self, name: str, principal: str) -> ToolError | UnknownTool:
        """The error for a tool that a caller does not have: a part that is down for now may have it again."""
        if name not in self.tools and (found := absent(self.registry, name)) is not None:
            return found
        return UnknownTool.among("tool", name, (tool.name for tool in self.tools_of(principal)))

    def tools_of(self, principal: str) -> list[Tool]:
        """The tools that a caller has."""
        return [tool for tool in self.tools.values() if self.offers.shows(tool, principal)]

    def resources_of(self, principal: str) -> list[Resource]:
        """The resources that a caller has."""
        return [resource for resource in self.resources if self.offers.shows(resource.tool, principal)]

    def prompts_of(self, principal: str) -> list[Prompt]:
        """The prompts that a caller has."""
        return [prompt for prompt in self.prompts.values() if self.offers.shows(prompt.tool, principal)]

    def onion(self, tool: Tool) -> CallNext:
        """The layers that apply to a tool, folded around it."""
        return self._plugins.now.onion(tool)

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What a text about this call passes that is sent bit by bit; None where no layer minds."""
        return self._plugins.now.stream(call)

    def asks(self, tool: Tool) -> bool:
        """Whether a call of this tool may ask or tell its caller something before it is answered."""
        return self._plugins.now.asks(tool)

    @property
    def tools(self) -> Mapping[str, Tool]:
        """All tools by name, whoever may have them."""
        return self._plugins.now.tools

    @property
    def resources(self) -> list[Resource]:
        """All that can be read."""
        return self._plugins.now.resources

    @property
    def prompts(self) -> Mapping[str, Prompt]:
        """All prompts by name."""
        return self._plugins.now.prompts

    @property
    def layers(self) -> list[tuple[str, Middleware]]:
        """The layers by plugin, the one nearest to the tool first."""
        return self._plugins.now.layers

    @property
    def offers(self) -> Offers:
        """How layers let callers see what there is."""
        return self._plugins.now.offers

    @property
    def registry(self) -> Registry:
        """The plugins, and which of them are broken."""
        return self._plugins.now.registry

    async def become(self, other: Host, kept: Collection[str] = ()) -> None:
        """Offer from now on what another host does, which must not be entered; calls under way end as they began.

        `kept` names the plugins that both share: what those hold open stays
        open. That of all others is closed when the last call has ended that
        began before.

        Raises:
            PluginError: a plugin that is required does not start; this host goes on as it was.
        """
        await self._plugins.change(other._plugins.now, kept)

    def ask_again(self, plugin: object, hook: str) -> bool:
        """Ask a plugin anew for its tools, resources or prompts; whether it answered."""
        for standing in self._plugins.to_ask():
            if standing.registry.ask_again(plugin, hook):
                standing.gather()
                return True
        return False

    def _tell(self) -> None:
        for kind in KINDS:
            self.changes.tell(Change(kind))
