"""From a configuration to a host: what every surface starts with."""

from __future__ import annotations

from toolpost.config.load import Config
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.plugins.build import build


def assemble(config: Config) -> Host:
    """The host of a configuration, with the plugins that stand.

    Raises:
        ConfigError: as `build`.
    """
    built = build(config, [Folders.of_user()])
    host = Host(built.plugins, hidden=config.tools.disabled)
    host.registry.broken.update({broken.name: broken.reason for broken in built.broken})
    return host
