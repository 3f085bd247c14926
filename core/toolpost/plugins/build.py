"""Builds the enabled plugins: imports each, gives it its settings, and what it needs of the others."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING

from toolpost.config.fields import first_finding, keyword_arguments
from toolpost.config.load import Config, PluginTable
from toolpost.config.secrets import without_secrets
from toolpost.crash import account
from toolpost.errors import ConfigError, PluginError
from toolpost.folders import Folders
from toolpost.plugins.broken import Broken, reason
from toolpost.plugins.distribution import version_of
from toolpost.plugins.find import Found, brought_by, installed, private_fields
from toolpost.plugins.loading import load, the_one
from toolpost.plugins.needs import Lacking, given_to, needs
from toolpost.plugins.patience import bounded
from toolpost.plugins.trial import tried, waited_for

if TYPE_CHECKING:
    from toolpost.isolation.starting import Processes

log = logging.getLogger("toolpost.plugins")


@dataclass(frozen=True)
class Made:
    """What a plugin was made of."""

    cls: type
    settings: Mapping[str, object]
    given: Mapping[str, object]
    isolation: str = ""

    def is_same(self, other: Made) -> bool:
        """Whether it would be made of the same again: settings that are equal, and the very same things given."""
        return (
            self.cls is other.cls
            and self.isolation == other.isolation
            and self.settings == other.settings
            and self.given.keys() == other.given.keys()
            and all(self.given[name] is other.given[name] for name in self.given)
        )


@dataclass
class Built:
    """The plugins that stand, in the order of the configuration, those that were skipped, and all their versions.

    `kept` names those that were taken over from what was built before.
    """

    plugins: dict[str, object] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)


class _Wrong(ConfigError):
    """A mistake of the operator, which no plugin can raise in our place."""


def build(
    config: Config, services: Iterable[object] = (), before: Built | None = None, *, is_apart: bool = False
) -> Built:
    """Build every enabled plugin; one that is broken is named and skipped.

    A plugin that was built `before`, of the same settings and for the same others, is taken over as it stands.
    `is_apart` says that this process is that of one plugin alone.

    Raises:
        ConfigError: a plugin is not installed, a setting is wrong, plugins need each other in a
            circle, or a plugin that the configuration requires is broken.
    """
    services = list(services)
    built = Built()
    processes = None if is_apart else _processes(config, services, before)
    try:
        folders = None if is_apart else next((one for one in services if isinstance(one, Folders)), None)
        classes = dict(_load_all(config, built, set(processes) if processes else (), folders))
        provided = {cls: service for service in services for cls in type(service).__mro__[:-1]}
        for name in [*_in_order(classes, config), *(processes or ())]:
            try:
                if processes is not None and name in processes:
                    built.plugins[name] = _process(processes, config.plugins[name], built)
                else:
                    company = _company(name, classes, config)
                    built.plugins[name] = _build_one(company, config.plugins[name], built, provided, before)
            except _Wrong as error:
                raise ConfigError(without_secrets(config, private_fields)(str(error))) from error
            except BaseException as error:
                _skip(built, config, name, error)
    except BaseException:
        if processes is not None:
            processes.close()
        raise
    built.plugins = {table.name: built.plugins[table.name] for table in config.enabled if table.name in built.plugins}
    return built


def refuse_if_required(table: PluginTable, why: str) -> None:
    """Raise `ConfigError` for a plugin that does not start, and must."""
    if table.required:
        raise ConfigError(
            f"{table.source.at()}: plugin {table.name!r}{brought_by(table.name)} is required and does not start: "
            f"{why}; mend it, or set required = false"
        )


def _processes(config: Config, services: Sequence[object], before: Built | None) -> Processes | None:
    """The plugins that run in processes of their own, which start while all others are imported."""
    if not any(table.isolation == "process" for table in config.enabled):
        return None
    from toolpost.isolation.starting import Processes

    return Processes(config, services, before)


def _process(processes: Processes, table: PluginTable, built: Built) -> object:
    """The one in a process of its own, once that stands or takes too long."""
    built.made[table.name] = Made(type(processes), {"terms": processes.terms(table.name)}, {})
    if processes.is_kept(table.name):
        built.kept.add(table.name)
    with _placed(table, ""):
        return processes.plugin(table.name)


def _load_all(
    config: Config, built: Built, elsewhere: Collection[str], folders: Folders | None
) -> Iterator[tuple[str, type]]:
    # Of one start, which reads the metadata of what several plugins require once.
    found, version = installed(), cache(version_of)
    claims = dict(_claims(config, built, found))
    built.versions.update({name: claim.version for name, claim in claims.items()})
    failed = tried(config, found, folders) if folders is not None else {}
    for name in [name for name in claims if name not in elsewhere]:
        if (failure := failed.get(name)) is not None:
            _leave_out(built, config, name, failure.why, failure.places)
            continue
        began = monotonic()
        try:
            yield name, load(claims[name], version)
        except BaseException as error:
            why = waited_for(claims[name], monotonic() - began, reason(error, name), folders)
            _leave_out(built, config, name, why, "\n".join(account(error)))


def _claims(config: Config, built: Built, found: Mapping[str, list[Found]]) -> Iterator[tuple[str, Found]]:
    for table in config.enabled:
        try:
            yield table.name, the_one(table, found)
        except PluginError as error:
            _skip(built, config, table.name, error)


def _skip(built: Built, config: Config, name: str, error: BaseException) -> None:
    _leave_out(built, config, name, reason(error, name), "\n".join(account(error)))


def _leave_out(built: Built, config: Config, name: str, why: str, places: str) -> None:
    broken = Broken(name, without_secrets(config, private_fields)(why))
    refuse_if_required(config.plugins[name], broken.reason)
    built.broken.append(broken)
    log.error("%s", broken.sentence)
    log.debug("plugin %r\n%s", name, places)


def _in_order(classes: Mapping[str, type], config: Config) -> list[str]:
    """Names so that each plugin comes after those it needs."""
    ordered: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            place = config.plugins[name].source.at()
            raise ConfigError(f"{place}: plugins need each other in a circle: {circle}; disable one of them")
        if name not in ordered:
            for needed in needs(name, _company(name, classes, config)):
                visit(needed, (*path, name))
            ordered.append(name)

    for name in classes:
        visit(name, ())
    return ordered


def _build_one(
    classes: Mapping[str, type],
    table: PluginTable,
    built: Built,
    services: Mapping[type, object],
    before: Built | None,
) -> object:
    cls = classes[table.name]
    if table.isolation == "thread":
        from toolpost.isolation.threads import services_apart

        services = services_apart(services, before.plugins.get(table.name) if before else None)
    with _placed(table):
        given = _given(table, classes, built, services)
    with _placed(table, ""):
        settings = keyword_arguments(cls, table.settings, table.source, given)
    made = built.made[table.name] = Made(cls, settings, given, table.isolation)
    if before is not None and table.name in before.plugins and made.is_same(before.made[table.name]):
        built.kept.add(table.name)
        return before.plugins[table.name]
    with _placed(table), bounded("building it"):
        plugin = cls(**settings, **given)
    if table.isolation != "thread":
        return plugin
    from toolpost.isolation.threads import Threaded

    with _placed(table):
        return Threaded(table.name, plugin, services)


def _company(name: str, classes: Mapping[str, type], config: Config) -> Mapping[str, type]:
    """The plugins that a plugin may be given: those that share its event loop, and so none if it runs apart."""
    if config.plugins[name].isolation:
        return {name: classes[name]}
    return {other: cls for other, cls in classes.items() if not config.plugins[other].isolation}


def _given(
    table: PluginTable, classes: Mapping[str, type], built: Built, services: Mapping[type, object]
) -> dict[str, object]:
    try:
        return given_to(table.name, classes, built.plugins, services)
    except Lacking as error:
        if not table.isolation:
            raise
        text = f"plugin {table.name!r} needs another plugin, which one that runs apart is not given; remove isolation"
        raise ConfigError(text) from error


@contextmanager
def _placed(table: PluginTable, place: str | None = None) -> Iterator[None]:
    """Mistakes of the operator become such, with their place in the file where they do not say it."""
    try:
        yield
    except (ValueError, ConfigError) as error:
        at = f"{table.source.at()}: " if place is None else place
        raise _Wrong(f"{at}{_said(error)}") from error


def _said(error: Exception) -> str:
    from pydantic import ValidationError

    return first_finding(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
