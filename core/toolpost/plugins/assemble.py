"""From a configuration to a host: what every surface starts with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from toolpost.artefacts import Artefacts
from toolpost.changes import Changes
from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.errors import ConfigError
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.nearest import did_you_mean
from toolpost.onion import Guards
from toolpost.overview import Overview
from toolpost.plugins.build import Built, build, refuse_if_required
from toolpost.plugins.find import installed, private_fields
from toolpost.plugins.proven import starting
from toolpost.plugins.safely import in_safe_mode, set_aside
from toolpost.plugins.skipped import remember
from toolpost.plugins.trial import under_trial
from toolpost.reader import Reader
from toolpost.store.sqlite import SQLiteStore


def assemble(config: Config) -> Host:
    """The host of a configuration, with the plugins that stand.

    Raises:
        ConfigError: as `build`; a plugin that the configuration requires fails in a hook.
    """
    return Workshop().host(config)


class Workshop:
    """Makes a host of a configuration, and of each that comes after it.

    What did not change from one to the next is taken over as it stands:
    `kept` names those plugins. Whoever takes a later host says so by `taken`.
    """

    def __init__(self) -> None:
        self._services: list[object] = []
        self._built: Built | None = None
        self._next: Built | None = None
        self._host: Host | None = None
        self.kept: frozenset[str] = frozenset()

    def host(self, config: Config) -> Host:
        """The host of this configuration; raises as `assemble`."""
        _refuse_unknown(config)
        config, aside = set_aside(config)
        changes, reader = self._common(config)
        with starting(Folders.of_user(), under_trial(config, installed())):
            built = build(config, self._services, self._before())
            host = Host(
                built.plugins,
                hidden=config.tools.disabled,
                required=[table.name for table in config.enabled if table.required],
                guards=Guards(frozenset(config.guards.fail_open), config.guards.seconds),
                versions=built.versions,
                changes=changes,
            )
        reader.bind(host)
        for service in self._services:
            if isinstance(service, Overview):
                service.bind(host)
        _name_broken(host, config, built)
        if not in_safe_mode():
            host.registry.heard = partial(remember, Folders.of_user(), host.registry.broken, built.versions)
            host.registry.heard()
        host.registry.broken.update(aside)
        self._next, self.kept = built, frozenset(built.kept)
        if self._host is None:
            self._host = host
            self.taken()
        return host

    def taken(self) -> None:
        """The last host that was made is what the first one has become: from now on, it is what was before."""
        self._built = self._next

    def _before(self) -> Built | None:
        """What may be taken over: all that was built before and still stands."""
        if self._built is None or self._host is None:
            return None
        standing = {name: one for name, one in self._built.plugins.items() if name not in self._host.registry.broken}
        return replace(self._built, plugins=standing)

    def _common(self, config: Config) -> tuple[Changes, Reader]:
        """What all hosts share."""
        if not self._services:
            folders, reader = Folders.of_user(config.path), Reader()
            self._services = services(folders, reader)
        found = {type(service): service for service in self._services}
        return found[Changes], found[Reader]  # type: ignore[return-value]  # by their types


def _refuse_unknown(config: Config) -> None:
    """A name in `fail_open` that is none of a plugin would leave a guard as it is, and nobody would know."""
    for name in config.guards.fail_open:
        if name not in config.plugins:
            raise ConfigError(
                f"{config.path}: [guards] fail_open: no plugin {name!r}; {did_you_mean(name, config.plugins)}"
            )


def _name_broken(host: Host, config: Config, built: Built) -> None:
    broken = host.registry.broken
    for name, reason in broken.items():
        broken[name] = without_secrets(config, private_fields)(reason)
        refuse_if_required(config.plugins[name], broken[name])
    broken.update({skipped.name: skipped.reason for skipped in built.broken})


def services(folders: Folders, reader: Reader) -> list[object]:
    """What plugins receive by naming its type; nothing of it is opened before its first use."""
    store, artefacts = SQLiteStore(folders.store), Artefacts(folders.artefacts)
    return [folders, reader, store, artefacts, Changes(), Overview()]
