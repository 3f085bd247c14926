"""Asks plugins for what they contribute; one that fails to answer is named and left out."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pluggy

from toolpost import hookspecs
from toolpost.config.fields import nearest
from toolpost.errors import PluginError
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import Middleware
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

log = logging.getLogger("toolpost.plugins")


class Plugins(pluggy.PluginManager):
    """pluggy's own, but looking at a plugin does not run its properties."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        member = inspect.getattr_static(plugin, name, None)
        if not callable(getattr(member, "__func__", member)):
            return None
        return super().parse_hookimpl_opts(plugin, name)


class Registry:
    """The plugins of one host; `owners` says which plugin a tool is from, `broken` what was left out and why."""

    def __init__(self, plugins: Mapping[str, object] | Iterable[object]) -> None:
        self.manager = Plugins(hookspecs.GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.owners: dict[str, str] = {}
        self.broken: dict[str, str] = {}
        named = plugins if isinstance(plugins, Mapping) else {_name(plugin): plugin for plugin in plugins}
        for name, plugin in named.items():
            self._register(name, plugin)

    def quarantine(self, name: str, error: BaseException) -> None:
        """Leave a plugin out, and say so."""
        self.broken[name] = f"{type(error).__name__}: {error}"
        log.error("plugin %r is left out: %s", name, self.broken[name], exc_info=error)

    def tools(self, hidden: Collection[str] = ()) -> dict[str, Tool]:
        """The tools by name; the plugin that comes first in the configuration keeps a name that two want."""
        tools: dict[str, Tool] = {}
        for owner, tool in self._each("tools", Tool):
            if tool.name in tools:
                log.error("tool %r of plugin %r is refused: %r has it", tool.name, owner, self.owners[tool.name])
            elif tool.name not in hidden:
                tools[tool.name], self.owners[tool.name] = tool, owner
        return tools

    def resources(self) -> list[Resource]:
        """What can be read."""
        return [resource for _, resource in self._each("resources", Resource)]

    def prompts(self) -> dict[str, Prompt]:
        """The prompts by name."""
        return {prompt.name: prompt for _, prompt in self._each("prompts", Prompt)}

    def layers(self) -> list[tuple[str, Middleware]]:
        """The layers by plugin, the one nearest to the tool first."""
        answers = self._ask("middleware", lambda layer: layer)
        return [(name, layer) for name, layer in answers if self._is_layer(name, layer)]

    def lifespans(self) -> list[tuple[str, AbstractAsyncContextManager[object]]]:
        """What to hold open while the host runs, in the order of the configuration."""
        return list(reversed(list(self._ask("lifespan", lambda lifespan: lifespan))))

    def commands(self, cli: click.Group) -> None:
        """Let every plugin add to the command line."""
        for _ in self._ask("commands", lambda answer: answer, cli=cli):
            pass

    def unknown(self, kind: str, name: str, known: Iterable[str]) -> str:
        """The sentence for a name that nothing has."""
        return f"unknown {kind} {name[:64]!r}; {nearest(name[:64], known)}"

    def _register(self, name: str, plugin: object) -> None:
        try:
            self.manager.register(plugin, name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            self.manager.unregister(plugin)
            self.quarantine(name, PluginError(str(error).replace("\n", " ")))

    def _each(self, hook: str, kind: type[Any]) -> Iterator[tuple[str, Any]]:
        """Name and item of every answer to a hook, in the order of the configuration."""

        def items(answer: Iterable[object]) -> list[object]:
            found = list(answer)
            for item in found:
                if not isinstance(item, kind):
                    raise PluginError(f"hook {hook!r} gave {item!r}, which is no {kind.__name__}")
                _settle(item)
            return found

        for name, found in reversed(list(self._ask(hook, items))):
            for item in found:
                yield name, item

    def _ask(self, hook: str, read: Callable[[Any], Any], **given: Any) -> Iterator[tuple[str, Any]]:
        for implementation in reversed(getattr(self.manager.hook, hook).get_hookimpls()):
            owner = implementation.plugin_name
            if owner in self.broken:
                continue
            try:
                answer = implementation.function(**{name: given[name] for name in implementation.argnames})
                if answer is not None:
                    yield owner, read(answer)
            except GeneratorExit:
                raise
            except BaseException as error:
                self.quarantine(owner, error)

    def _is_layer(self, name: str, layer: object) -> bool:
        if callable(layer):
            return True
        self.quarantine(name, PluginError(f"hook 'middleware' gave {layer!r}, which cannot be called"))
        return False


def _settle(item: Tool | Resource | Prompt) -> None:
    """Make the schemas now, so that a wrong annotation is found at start and in the right plugin."""
    tool = item if isinstance(item, Tool) else item.tool
    _ = tool.input_schema, tool.output_schema


def _name(plugin: object) -> str:
    return type(plugin).__name__.lower()
