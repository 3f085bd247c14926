"""What a plugin's process is told when it starts."""

from __future__ import annotations

import base64
import logging
import pickle
from dataclasses import dataclass, replace
from typing import Any

from toolpost.config.fields import Source
from toolpost.config.load import Config, PluginTable
from toolpost.config.tables import GuardSettings, Http, Server, ToolSettings
from toolpost.folders import Folders


@dataclass(frozen=True)
class Terms:
    """A plugin, and the terms on which it runs."""

    config: Config
    folders: Folders
    memory: int
    environment: tuple[str, ...]
    level: int

    @classmethod
    def of(cls, config: Config, table: PluginTable, folders: Folders) -> Terms:
        """The terms for one plugin: of the configuration it gets its own table, and nothing of the others' secrets."""
        # Where an error is, each setting knows by itself; the text of the file would tell of all others.
        source = Source(table.source.path, "", table.source.table)
        own = replace(table, source=source, required=False)
        server = Server(backend=config.server.backend)
        alone = Config(config.path, server, ToolSettings(), {table.name: own}, GuardSettings(), Http())
        return cls(alone, folders, table.memory, table.environment, logging.root.level)

    def is_same(self, other: Terms) -> bool:
        """Whether a plugin would run no differently on these; where in the file a setting stands is no difference."""
        return self._substance() == other._substance()

    def _substance(self) -> tuple[object, ...]:
        values = {key: setting.value for key, setting in self.table.settings.items()}
        rest = (self.config.server.backend, self.folders, self.memory, self.environment, self.level)
        return (self.name, values, *rest)

    @property
    def table(self) -> PluginTable:
        """The plugin's own table."""
        return next(iter(self.config.plugins.values()))

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.table.name

    def written(self) -> str:
        """These terms as text. They go from the host to the child alone, which trusts it with the same right as its
        own code; a setting may be a date or a number that JSON does not know."""
        return base64.b64encode(pickle.dumps(self)).decode()

    @staticmethod
    def read(text: Any) -> Terms:
        """The terms that `written` gave."""
        found = pickle.loads(base64.b64decode(text))  # noqa: S301 - by the host, through a pipe that is its own
        assert isinstance(found, Terms)
        return found
