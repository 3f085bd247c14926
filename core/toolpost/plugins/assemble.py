"""From a configuration to a host: what every surface starts with."""

from __future__ import annotations

from toolpost.artefacts import Artefacts
from toolpost.changes import Changes
from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.onion import Guards
from toolpost.plugins.build import Built, build, refuse_if_required
from toolpost.plugins.find import private_fields
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
    `kept` names those plugins.
    """

    def __init__(self) -> None:
        self._services: list[object] = []
        self._built: Built | None = None
        self.kept: frozenset[str] = frozenset()

    def host(self, config: Config) -> Host:
        """The host of this configuration; raises as `assemble`."""
        changes, reader = self._common(config)
        built = build(config, self._services, self._built)
        host = Host(
            built.plugins,
            hidden=config.tools.disabled,
            required=[table.name for table in config.enabled if table.required],
            guards=Guards(frozenset(config.guards.fail_open), config.guards.seconds),
            versions=built.versions,
            changes=changes,
        )
        reader.bind(host)
        _name_broken(host, config, built)
        self._built, self.kept = built, frozenset(built.kept)
        return host

    def _common(self, config: Config) -> tuple[Changes, Reader]:
        """What all hosts share."""
        if not self._services:
            folders, reader = Folders.of_user(config.path), Reader()
            self._services = [*services(folders, reader), Changes()]
        found = {type(service): service for service in self._services}
        return found[Changes], found[Reader]  # type: ignore[return-value]  # by their types


def _name_broken(host: Host, config: Config, built: Built) -> None:
    broken = host.registry.broken
    for name, reason in broken.items():
        broken[name] = without_secrets(config, private_fields)(reason)
        refuse_if_required(config.plugins[name], broken[name])
    broken.update({skipped.name: skipped.reason for skipped in built.broken})


def services(folders: Folders, reader: Reader) -> list[object]:
    """What plugins receive by naming its type; nothing of it is opened before its first use."""
    return [folders, reader, SQLiteStore(folders.data / "toolpost.sqlite3"), Artefacts(folders.data / "artefacts")]
