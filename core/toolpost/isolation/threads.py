"""A plugin on an event loop of its own, in a thread: what it blocks is itself alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from toolpost.changes import Changes
from toolpost.errors import ConfigError, PluginError, Unavailable
from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.isolation.beside import ChangesBeside, Home, ReaderBeside, context_beside
from toolpost.isolation.crossing import across
from toolpost.isolation.life import life
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.reader import Reader
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.current import CURRENT
from toolpost.tools.suggestions import Completer, Suggestions
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

Answer = TypeVar("Answer")
Item = TypeVar("Item", Resource, Prompt)


def services_apart(services: Mapping[type, object], known: object) -> dict[type, object]:
    """The services for a plugin on a loop of its own; those that one has already, where it may go on."""
    if isinstance(known, Threaded):
        return {**services, **known.services}
    home = Home()
    found: dict[type, object] = {}
    for kind, service in services.items():
        if isinstance(service, Changes):
            found[kind] = ChangesBeside(service, home)
        elif isinstance(service, Reader):
            found[kind] = ReaderBeside(service, home)
    return {**services, **found, Home: home}


class Threaded:
    """Offers what the plugin does, and has its loop answer."""

    isolation = "thread"

    def __init__(self, name: str, plugin: object, services: Mapping[type, object]) -> None:
        self.name = name
        home = services[Home]
        assert isinstance(home, Home)
        home.plugin = self
        self.services = {kind: one for kind, one in services.items() if isinstance(one, OURS)}
        self._home = home
        self._registry = Registry({name: plugin})
        self._plugin = plugin
        for why in self._registry.broken.values():
            raise PluginError(why)
        for hook in ("middleware", "routes"):
            if self._registry.implements(hook):
                text = f"plugin {name!r} implements {hook!r}, which needs the host's own loop; remove isolation"
                raise ConfigError(text)
        # The registry has asked it once; the host asks again only when something has changed.
        self._asked: set[str] = set()

    @hookimpl
    def tools(self) -> list[Tool]:
        self._refresh("tools")
        return [self._tool(tool) for _, tool in self._registry.tools()]

    @hookimpl
    def resources(self) -> list[Resource]:
        self._refresh("resources")
        return [self._primitive(item) for _, item in self._registry.resources()]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        self._refresh("prompts")
        return [self._primitive(item) for _, item in self._registry.prompts()]

    @hookimpl
    def gauges(self) -> list[Gauge]:
        return self._registry.gauges()

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        self._registry.commands(cli)

    @hookimpl
    def lifespan(self) -> AbstractAsyncContextManager[None]:
        return life(self.name, self._registry, self._home)

    async def answer(self, tool: Tool, call: ToolCall) -> ToolResult:
        """Answer a call in the plugin's loop."""
        context, remaining = call.context, call.context.remaining

        async def work() -> ToolResult:
            beside = context_beside(context, remaining, self._home)
            CURRENT.set(beside)
            return await Tool.answer(tool, replace(call, context=beside))

        return await self.do(work)

    async def do(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `work` gives in the plugin's loop."""
        home, away = self._home.here, self._home.there
        if home is None or away is None:
            raise Unavailable(f"plugin {self.name!r} does not run yet")
        return await across(home, away, work)

    def _refresh(self, hook: str) -> None:
        if hook in self._asked:
            self._registry.ask_again(self._plugin, hook)
        self._asked.add(hook)

    def _tool(self, tool: Tool) -> Tool:
        other = object.__new__(ThreadedTool)
        other.__dict__.update(tool.__dict__, _threaded=self)
        return other

    def _primitive(self, item: Item) -> Item:
        other = copy(item)
        complete = {name: self._completer(name, one) for name, one in item.complete.items()}
        other.__dict__.pop("_completion", None)
        other.__dict__.update(tool=self._tool(item.tool), complete=complete)
        return other

    def _completer(self, name: str, completer: Completer) -> Completer:
        if not callable(completer):
            return completer
        suggest = Suggestions({name: completer}, [name], self.name)

        async def complete(value: str, arguments: Mapping[str, str]) -> list[str]:
            found: list[str] = await self.do(
                lambda: suggest({"argument": name, "value": value, "arguments": arguments})
            )
            return found

        return complete


class ThreadedTool(Tool):
    """A tool that is answered in its plugin's own loop."""

    async def answer(self, call: ToolCall) -> ToolResult:
        """As `Tool.answer`, there."""
        threaded: Threaded = self.__dict__["_threaded"]
        return await threaded.answer(self, call)


OURS = (Home, ChangesBeside, ReaderBeside)
