"""The host: plugins in, answers out. Every call of every surface goes through `Host.call`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import anyio

from toolpost.changes import KINDS, Change, Changes
from toolpost.crash import failure
from toolpost.errors import PluginError, ToolError, UnknownTool
from toolpost.lifespans import Lifespans
from toolpost.offers import Offers
from toolpost.onion import Guards
from toolpost.plugins.expected import dispensable, want
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.standing import Standing
from toolpost.tools.bounds import refuse_heaps
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.streams import TextFilter
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
        self._standing = Standing(plugins, hidden, required, guards, versions)
        self._coming: Standing | None = None
        self._past: list[Standing] = []
        self._lifespans = Lifespans()
        self._closed: Collection[str] = ()
        self.is_open = False
        self.changes = changes or Changes()
        self.changes.bind(self)

    async def __aenter__(self) -> Self:
        try:
            await self._open(self._standing, self._closed)
        except PluginError:
            await self._lifespans.aclose()
            raise
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False
        await self._lifespans.aclose()

    def want(self, name: str) -> None:
        """Before it is entered, for calls of this tool alone: what would only bring other tools stays closed."""
        self._closed = dispensable(self.registry, name)
        want(self.registry, name)

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
        calls = self._standing.calls
        calls.running += 1
        try:
            return await self._standing.onion(call.tool)(call)
        except (ToolError, InputRequired):
            raise
        except BaseException as error:
            seen = failure(error, call)
            if seen is error:
                raise
            raise seen from error
        finally:
            calls.ended()

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
        return self._standing.onion(tool)

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What a text about this call passes that is sent bit by bit; None where no layer minds."""
        return self._standing.stream(call)

    def asks(self, tool: Tool) -> bool:
        """Whether a call of this tool may ask or tell its caller something before it is answered."""
        return self._standing.asks(tool)

    @property
    def tools(self) -> Mapping[str, Tool]:
        """All tools by name, whoever may have them."""
        return self._standing.tools

    @property
    def resources(self) -> list[Resource]:
        """All that can be read."""
        return self._standing.resources

    @property
    def prompts(self) -> Mapping[str, Prompt]:
        """All prompts by name."""
        return self._standing.prompts

    @property
    def layers(self) -> list[tuple[str, Middleware]]:
        """The layers by plugin, the one nearest to the tool first."""
        return self._standing.layers

    @property
    def offers(self) -> Offers:
        """How layers let callers see what there is."""
        return self._standing.offers

    @property
    def registry(self) -> Registry:
        """The plugins, and which of them are broken."""
        return self._standing.registry

    async def become(self, other: Host, kept: Collection[str] = ()) -> None:
        """Offer from now on what another host does, which must not be entered; calls under way end as they began.

        `kept` names the plugins that both share: what those hold open stays
        open. That of all others is closed when the last call has ended that
        began before.

        Raises:
            PluginError: a plugin that is required does not start; this host goes on as it was.
        """
        past, new = self._standing, other._standing
        self._coming = new
        try:
            await self._open(new, kept)
        finally:
            self._coming = None
        new.held |= {name: held for name, held in past.held.items() if name in kept}
        self._past.append(past)
        self._standing = new
        self._tell()
        self._lifespans.later(partial(self._retire, past))

    def ask_again(self, plugin: object, hook: str) -> bool:
        """Ask a plugin anew for its tools, resources or prompts; whether it answered."""
        # What is about to take over may have found more as it was opened.
        for standing in (self._standing, self._coming):
            if standing is not None and standing.registry.ask_again(plugin, hook):
                standing.gather()
                return True
        return False

    async def _retire(self, past: Standing) -> None:
        """Close what only the past stands on, once its last call has ended."""
        with anyio.move_on_after(RETIRING):
            await past.calls.idle()
        self._past.remove(past)
        needed = [held for standing in (self._standing, *self._past) for held in standing.held.values()]
        await self._lifespans.close([held for held in past.held.values() if held not in needed])

    async def _open(self, standing: Standing, kept: Collection[str] = ()) -> None:
        opened = await self._lifespans.open(standing.registry.lifespans(kept), self._failing(standing))
        standing.held = {held.name: held for held in opened}
        try:
            standing.require()
        except PluginError:
            await self._lifespans.close(opened)
            raise

    def _failing(self, opened_by: Standing) -> Callable[[str, BaseException], None]:
        """What to do when a lifespan fails, which those who came later may stand on as well."""

        def failed(name: str, error: BaseException) -> None:
            held, now = opened_by.held.get(name), self._standing
            opened_by.leave_out(name, error)
            if now is not opened_by and held is not None and now.held.get(name) is held:
                now.leave_out(name, error)
            self._tell()

        return failed

    def _tell(self) -> None:
        for kind in KINDS:
            self.changes.tell(Change(kind))
