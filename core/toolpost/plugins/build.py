"""Builds the enabled plugins: imports each, gives it its settings, and what it needs of the others."""

from __future__ import annotations

import logging
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import get_protocol_members

from toolpost.config.fields import field_types, keyword_arguments, nearest
from toolpost.config.load import Config, PluginTable
from toolpost.errors import ConfigError, PluginError
from toolpost.hookspecs import GROUP
from toolpost.plugins.find import Found, installed

log = logging.getLogger("toolpost.plugins")


@dataclass(frozen=True)
class Broken:
    """A plugin that was skipped, and why."""

    name: str
    distribution: str
    reason: str


@dataclass
class Built:
    """The plugins that stand, in the order of the configuration, and those that were skipped."""

    plugins: dict[str, object] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)


def build(config: Config, services: Iterable[object] = ()) -> Built:
    """Build every enabled plugin; one that is broken is named and skipped.

    Raises:
        ConfigError: a plugin is not installed, a setting is wrong, plugins need each other in a
            circle, or a plugin that the configuration requires is broken.
    """
    built = Built()
    classes = dict(_load_all(config, built))
    provided = {type(service): service for service in services}
    for name in _in_order(classes, config):
        try:
            built.plugins[name] = _build_one(classes, config.plugins[name], built, provided)
        except ConfigError:
            raise
        except BaseException as error:
            _skip(built, config.plugins[name], "", error)
    built.plugins = {table.name: built.plugins[table.name] for table in config.enabled if table.name in built.plugins}
    return built


def _load_all(config: Config, built: Built) -> Iterator[tuple[str, type]]:
    found = installed()
    for table in config.enabled:
        claims = found.get(table.name, [])
        try:
            yield table.name, _load(_the_one(table, claims, found))
        except ConfigError:
            raise
        except BaseException as error:
            _skip(built, table, claims[0].distribution, error)


def _the_one(table: PluginTable, claims: list[Found], found: Mapping[str, Any]) -> Found:
    if not claims:
        raise ConfigError(
            f"{table.source.at()}: plugin {table.name!r} is not installed; {nearest(table.name, found)} "
            f"Install it, or set enabled = false"
        )
    if len(claims) > 1:
        names = " and ".join(claim.distribution for claim in claims)
        raise ConfigError(f"{table.source.at()}: {names} both call a plugin {table.name!r}; uninstall one of them")
    return claims[0]


def _load(found: Found) -> type:
    cls = found.entry_point.load()
    if not isinstance(cls, type):
        raise PluginError(f"its entry point names {found.entry_point.value}, which is no class")
    field_types(cls)  # an annotation that names nothing is found here, and blamed on the right plugin
    return cls


def _skip(built: Built, table: PluginTable, distribution: str, error: BaseException) -> None:
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if table.required:
        raise ConfigError(
            f"{table.source.at()}: plugin {table.name!r} is required and does not start: {reason}; "
            f"mend it, or set required = false"
        ) from error
    built.broken.append(Broken(table.name, distribution, reason))
    origin = f" ({distribution})" if distribution else ""
    log.error("plugin %r%s is skipped: %s", table.name, origin, reason)
    log.debug("plugin %r", table.name, exc_info=error)


def _in_order(classes: Mapping[str, type], config: Config) -> list[str]:
    """Names so that each plugin comes after those it needs."""
    ordered: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise ConfigError(f"{config.plugins[name].source.at()}: plugins need each other in a circle: {circle}")
        if name not in ordered:
            for hint in field_types(classes[name]).values():
                for needed in _suppliers(hint, classes):
                    visit(needed, (*path, name))
            ordered.append(name)

    for name in classes:
        visit(name, ())
    return ordered


def _build_one(
    classes: Mapping[str, type], table: PluginTable, built: Built, services: Mapping[type, object]
) -> object:
    cls = classes[table.name]
    given: dict[str, Any] = {}
    for name, hint in field_types(cls).items():
        if (wanted := _wanted(hint)) in services:
            given[name] = services[wanted]
        elif suppliers := _suppliers(hint, classes):
            given[name] = _supplied(suppliers, built)
        elif wanted is not None and _is_plugin(wanted):
            _refuse_missing(table, name, hint, wanted)
            given[name] = None
    settings = keyword_arguments(cls, table.settings, table.source, given)
    try:
        return cls(**settings, **given)
    except ValueError as error:
        raise ConfigError(f"{table.source.at()}: {error}") from error


def _supplied(suppliers: list[str], built: Built) -> object:
    for name in suppliers:
        if name in built.plugins:
            return built.plugins[name]
    raise PluginError(f"it needs plugin {suppliers[0]!r}, which is skipped")


def _suppliers(hint: Any, classes: Mapping[str, type]) -> list[str]:
    """The plugins that can stand in a field of this type."""
    wanted = _wanted(hint)
    if wanted is None or not _is_plugin(wanted):
        return []
    return [name for name, cls in classes.items() if _fits(cls, wanted)]


def _fits(cls: type, wanted: type) -> bool:
    if not getattr(wanted, "_is_protocol", False):
        return issubclass(cls, wanted)
    return all(hasattr(cls, member) or member in field_types(cls) for member in get_protocol_members(wanted))


def _is_plugin(wanted: type) -> bool:
    """Whether a class is a plugin's, or a protocol that plugins fulfil."""
    if getattr(wanted, "_is_protocol", False):
        return True
    return any(hasattr(member, f"{GROUP}_impl") for member in vars(wanted).values())


def _wanted(hint: Any) -> type | None:
    """The class in a field's annotation, without `Annotated` and `| None`."""
    if get_origin(hint) is Annotated:
        return _wanted(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        return _wanted(parts[0]) if len(parts) == 1 else None
    return hint if isinstance(hint, type) else None


def _refuse_missing(table: PluginTable, field: str, hint: Any, wanted: type) -> None:
    if type(None) not in get_args(hint):
        raise ConfigError(
            f"{table.source.at()}: plugin {table.name!r} needs one that is a {wanted.__name__} for {field!r}; "
            f"enable it with `toolpost plugins enable {wanted.__name__.lower()}`"
        )
