"""A host in memory, with plugins that get what they need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from toolpost.adopt import class_of
from toolpost.errors import PluginError
from toolpost.hookspecs import hookimpl
from toolpost.host import Host
from toolpost.nearest import did_you_mean
from toolpost.plugins.find import installed
from toolpost.testing.making import made, name_of
from toolpost.testing.services import Services, open_services
from toolpost.tools.call import Middleware

# A plugin, its class, the name of an installed one, or a layer by itself.
Given = object | type | str | Middleware


class Layer:
    """A plugin that is nothing but a layer."""

    def __init__(self, layer: Middleware) -> None:
        self._layer = layer

    @hookimpl
    def middleware(self) -> Middleware:
        return self._layer


@asynccontextmanager
async def open_host(
    *plugins: Given,
    layers: Iterable[Given] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    services: Services | None = None,
    folder: Path | None = None,
) -> AsyncIterator[Host]:
    """A host of these plugins, open until the block ends.

    ```python
    async with open_host(Dice(sides=2), layers=["validation"]) as host:
        result = await host.call("roll", {"count": 3})
    ```

    Each plugin is an object, or a class or the name of an installed plugin:
    these two are built with their `settings`, by name, and receive services
    and the plugins before them. `layers` stand outside the plugins' own, the
    first outermost, and may also be bare functions. Services live in
    `folder`, by default one that is removed.

    Raises:
        PluginError: a plugin fails to start, which a real host would outlive and say in its log.
        ConfigError: a setting is wrong.
    """
    async with open_services(folder) as own:
        given = services or own
        named = _named([*layers, *plugins], settings or {}, given)
        host = Host(named, changes=given.changes)
        given.reader.bind(host)
        _refuse_broken(host)
        async with host:
            _refuse_broken(host)
            yield host


def _named(
    plugins: Iterable[Given], settings: Mapping[str, Mapping[str, Any]], services: Services
) -> dict[str, object]:
    named: dict[str, object] = {}
    for given in plugins:
        name, cls = (given, _class(given)) if isinstance(given, str) else (name_of(given), given)
        table = settings.get(name, {})
        plugin = made(name, cls, table, named, services) if isinstance(cls, type) else _as_plugin(cls)
        if name in named:
            raise PluginError(f"two plugins are called {name!r}; a host has each once")
        named[name] = plugin
    if unknown := set(settings) - set(named):
        raise PluginError(f"there are settings for {min(unknown)!r}; {did_you_mean(min(unknown), named)}")
    return named


def _as_plugin(given: Any) -> object:
    # A bound method or a function is no plugin; an object that is called and has no hook is a layer, too.
    has_hooks = any(hasattr(getattr(type(given), name, None), "toolpost_impl") for name in dir(type(given)))
    return Layer(given) if callable(given) and not has_hooks else given


def _class(name: str) -> type:
    claims = installed().get(name)
    if not claims:
        raise PluginError(f"plugin {name!r} is not installed; {did_you_mean(name, installed())}")
    cls = class_of(claims[0].entry_point.load())
    if not isinstance(cls, type):
        raise PluginError(f"plugin {name!r}: its entry point names {claims[0].entry_point.value}, which is no class")
    return cls


def _refuse_broken(host: Host) -> None:
    for name, reason in host.registry.broken.items():
        raise PluginError(f"plugin {name!r} does not start: {reason}")
