"""Asks plugins for what they contribute; one that fails to answer is named and left out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from toolpost import hookspecs
from toolpost.crash import account, alone
from toolpost.gauges import Gauge
from toolpost.plugins.broken import Broken, reason
from toolpost.plugins.civil import refuse_uncivil
from toolpost.plugins.names import came_with_toolpost, settle
from toolpost.plugins.patience import Opening, bounded
from toolpost.plugins.reading import forgotten, hooks_of, items, layer, refuse_async, unmarked, wrong_hook
from toolpost.primitives import Prompt, Resource
from toolpost.routes import Route
from toolpost.tools.call import Middleware
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

log = logging.getLogger("toolpost.plugins")

Named = TypeVar("Named", Tool, Prompt)
# What a plugin may offer anew while the host runs.
OFFERS: Mapping[str, type] = {"tools": Tool, "resources": Resource, "prompts": Prompt}


class Registry:
    """The plugins of one host; `owners` says which plugin a tool is from, `broken` what was left out and why."""

    def __init__(
        self, plugins: Mapping[str, object] | Iterable[object], versions: Mapping[str, str] | None = None
    ) -> None:
        self._pluggy = pluggy.PluginManager(hookspecs.GROUP)
        self._pluggy.add_hookspecs(hookspecs)
        self.owners: dict[str, str] = {}
        self.broken: dict[str, str] = {}
        # Told of each that is left out from then on.
        self.heard: Callable[[], None] = lambda: None
        self.clashes: list[str] = []
        self.versions = versions or {}
        named = plugins if isinstance(plugins, Mapping) else {_name(plugin): plugin for plugin in plugins}
        for name, plugin in named.items():
            self._register(name, plugin)
        self._order = list(named)
        self._plugins = named
        # All hooks before any answer is used: a plugin stands as a whole, or not at all.
        self._found = {hook: self._ask(hook, items(kind)) for hook, kind in OFFERS.items()}
        self._layers = self._ask("middleware", layer)

    def ask_again(self, plugin: object, hook: str) -> bool:
        """Ask one plugin anew what it offers; if it fails to answer, it keeps what it had, and the log says so."""
        owner = next((name for name, one in self._plugins.items() if one is plugin), None)
        if owner is None or owner in self.broken:
            return False
        try:
            found = self._ask(hook, items(OFFERS[hook]), [owner], quarantine=False)
        except BaseException as error:
            log.error("plugin %r keeps the %s that it had: %s", owner, hook, reason(error, owner))
            return False
        # In the order of the configuration, on which it depends who keeps a name.
        known = self._found[hook] | found
        self._found[hook] = {name: known[name] for name in self._order if name in known}
        return True

    def quarantine(self, name: str, error: BaseException) -> None:
        """Leave a plugin out, and say so."""
        self.broken[name] = reason(alone(error), name)
        log.error("%s", Broken(name, self.broken[name]).sentence)
        log.debug("plugin %r\n%s", name, "\n".join(account(error)))
        self.heard()

    def tools(self, hidden: Collection[str] = ()) -> list[tuple[str, Tool]]:
        """The tools with the plugins that they are from, but for those that are hidden; no name twice."""
        named = self._named("tool", self._found["tools"])
        # Layers are easier on what is no tool, so no plugin and no server behind it may pass one off as something else.
        found = [(owner, tool.plain()) for owner, tool in named if tool.name not in hidden]
        self.owners = {tool.name: owner for owner, tool in found}
        return found

    def resources(self) -> list[tuple[str, Resource]]:
        """What can be read, with the plugins that it is from."""
        return list(self._each(self._found["resources"]))

    def prompts(self) -> list[tuple[str, Prompt]]:
        """The prompts, with the plugins that they are from; no name twice."""
        return self._named("prompt", self._found["prompts"])

    def layers(self) -> list[tuple[str, Middleware]]:
        """The layers by plugin, the one nearest to the tool first."""
        return [(name, layer) for name, layer in reversed(self._layers.items()) if name not in self.broken]

    def lifespans(self, kept: Collection[str] = ()) -> list[tuple[str, AbstractAsyncContextManager[object]]]:
        """What to hold open while the host runs, in the order of the configuration, but for those that are open."""
        return list(self._ask("lifespan", Opening, set(self._order) - set(kept)).items())

    def routes(self) -> dict[str, list[Route]]:
        """What is served over HTTP, by plugin; one that fails to say stands all the same, without routes."""
        return self._ask_beside("routes", Route)

    def gauges(self) -> list[Gauge]:
        """The numbers that plugins show; one that fails to say shows none."""
        return [gauge for found in self._ask_beside("gauges", Gauge).values() for gauge in found]

    def gauges_of(self, owner: str, seconds: float) -> list[Gauge]:
        """The same of one plugin, which has so many seconds to say; what it raises goes through."""
        found = self._ask("gauges", items(Gauge), [owner], quarantine=False, seconds=seconds)
        return list(found.get(owner, []))

    def commands(self, cli: click.Group) -> None:
        """Let every plugin add to the command line."""
        self._ask("commands", lambda answer: answer, cli=cli)

    @property
    def plugins(self) -> Mapping[str, object]:
        """The plugins by name, those that are broken among them."""
        return self._plugins

    def implements(self, hook: str) -> bool:
        """Whether any plugin does."""
        return bool(getattr(self._pluggy.hook, hook).get_hookimpls())

    def idle(self) -> list[str]:
        """The plugins that implement no hook."""
        registered = self._pluggy.list_name_plugin()
        return [name for name, plugin in registered if plugin is not None and not self._pluggy.get_hookcallers(plugin)]

    def _register(self, name: str, plugin: object) -> None:
        try:
            with bounded("looking at it"):
                hooks = hooks_of(plugin)
                refuse_uncivil("its object", plugin)
            self._pluggy.register(hooks, name)
            self._pluggy.check_pending()
            for hook in unmarked(plugin):
                log.warning("plugin %r: %s", name, forgotten(hook))
        except BaseException as error:
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            self.quarantine(name, wrong_hook(error) if isinstance(error, pluggy.PluginValidationError) else error)

    def _ask(
        self,
        hook: str,
        read: Callable[[Any], Any],
        only: Collection[str] | None = None,
        *,
        quarantine: bool = True,
        seconds: float | None = None,
        **given: Any,
    ) -> dict[str, Any]:
        """The answers to a hook by plugin, in the order of the configuration, whatever pluggy is told of order."""
        implementations = getattr(self._pluggy.hook, hook).get_hookimpls()
        answers: dict[str, Any] = {}
        for implementation in sorted(implementations, key=lambda one: self._order.index(one.plugin_name)):
            owner = implementation.plugin_name
            if owner in self.broken or (only is not None and owner not in only):
                continue
            try:
                with bounded(f"hook {hook!r}", seconds):
                    answer = implementation.function(**{name: given[name] for name in implementation.argnames})
                    refuse_async(hook, answer)
                    if answer is not None:
                        answers[owner] = read(answer)
            except BaseException as error:
                if not quarantine:
                    raise
                self.quarantine(owner, error)
        return answers

    def _ask_beside(self, hook: str, kind: type[Any]) -> dict[str, list[Any]]:
        """The answers to a hook without which a plugin is no less what it is."""
        found: dict[str, list[Any]] = {}
        for owner in self._order:
            try:
                found |= self._ask(hook, items(kind), [owner], quarantine=False)
            except BaseException as error:
                log.error("plugin %r has no %s: %s", owner, hook, reason(error, owner))
        return found

    def _each(self, answers: Mapping[str, list[Any]]) -> Iterator[tuple[str, Any]]:
        for owner, found in answers.items():
            if owner not in self.broken:
                yield from ((owner, item) for item in found)

    def _named(self, kind: str, answers: Mapping[str, list[Named]]) -> list[tuple[str, Named]]:
        """Things of a kind, each with its plugin and under a name that no other has."""
        settled = settle(kind, self._each(answers), came_with_toolpost)
        for clash in settled.clashes:
            if clash not in self.clashes:
                self.clashes.append(clash)
                log.error("%s", clash)
        return list(settled.found.values())


def _name(plugin: object) -> str:
    return type(plugin).__name__.lower()
