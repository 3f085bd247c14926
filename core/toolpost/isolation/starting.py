"""The plugins that run in processes of their own, from a configuration to plugins that stand."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from toolpost.changes import Changes
from toolpost.config.load import Config
from toolpost.errors import ConfigError
from toolpost.folders import Folders
from toolpost.isolation.plugin import Isolated
from toolpost.isolation.terms import Terms

if TYPE_CHECKING:
    from toolpost.plugins.build import Built

# Seconds for which everything waits for a plugin's process; what it offers may come later.
WAITING = 9.0


class Processes:
    """Starts all of them at once; one that was built `before` on the same terms goes on."""

    def __init__(self, config: Config, services: Sequence[object], before: Built | None) -> None:
        folders = next((one for one in services if isinstance(one, Folders)), None) or Folders.of_user(config.path)
        changes = next((one for one in services if isinstance(one, Changes)), None) or Changes()
        self._plugins: dict[str, Isolated] = {}
        self._kept: set[str] = set()
        for table in config.enabled:
            if table.isolation == "process":
                if sys.platform == "win32":
                    raise ConfigError(f'{table.source.at("isolation")}: no process on Windows; write "thread"')
                terms = Terms.of(config, table, folders)
                known = before.plugins.get(table.name) if before else None
                if isinstance(known, Isolated) and known.terms.is_same(terms):
                    self._kept.add(table.name)
                    self._plugins[table.name] = known
                else:
                    self._plugins[table.name] = Isolated(terms, changes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._plugins)

    def __contains__(self, name: str) -> bool:
        return name in self._plugins

    def is_kept(self, name: str) -> bool:
        """Whether it is the one that was there before."""
        return name in self._kept

    def terms(self, name: str) -> Terms:
        """The terms on which one runs."""
        return self._plugins[name].terms

    def plugin(self, name: str) -> Isolated:
        """One of them, once it stands or has had its time.

        Raises:
            ConfigError: a setting is wrong, or it cannot run apart.
            PluginError: it fails.
        """
        plugin = self._plugins[name]
        if name not in self._kept:
            try:
                plugin.begin(WAITING)
            except BaseException:
                plugin.close()
                raise
        return plugin

    def close(self) -> None:
        """End those that were started for nothing."""
        for name in self._plugins.keys() - self._kept:
            self._plugins[name].close()
