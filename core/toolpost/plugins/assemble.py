"""From a configuration to a host: what every surface starts with."""

from __future__ import annotations

from toolpost.artefacts import Artefacts
from toolpost.changes import Changes
from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.onion import Guards
from toolpost.plugins.build import build, refuse_if_required
from toolpost.plugins.find import private_fields
from toolpost.reader import Reader
from toolpost.store.sqlite import SQLiteStore


def assemble(config: Config) -> Host:
    """The host of a configuration, with the plugins that stand.

    Raises:
        ConfigError: as `build`; a plugin that the configuration requires fails in a hook.
    """
    folders, reader, changes = Folders.of_user(config.path), Reader(), Changes()
    built = build(config, [*services(folders, reader), changes])
    host = Host(
        built.plugins,
        hidden=config.tools.disabled,
        required=[table.name for table in config.enabled if table.required],
        guards=Guards(frozenset(config.guards.fail_open), config.guards.seconds),
        versions=built.versions,
        changes=changes,
    )
    reader.bind(host)
    broken = host.registry.broken
    for name, reason in broken.items():
        broken[name] = without_secrets(config, private_fields)(reason)
        refuse_if_required(config.plugins[name], broken[name])
    broken.update({skipped.name: skipped.reason for skipped in built.broken})
    return host


def services(folders: Folders, reader: Reader) -> list[object]:
    """What plugins receive by naming its type; nothing of it is opened before its first use."""
    return [folders, reader, SQLiteStore(folders.data / "toolpost.sqlite3"), Artefacts(folders.data / "artefacts")]
