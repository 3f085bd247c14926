"""Which clients' files `toolpost connect` itself made, so that no empty one is left when it is taken out again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from toolpost.config.edit import replace
from toolpost.errors import ConfigError
from toolpost.folders import Folders

NAME = "connected.json"


class Made:
    """The list of them, in a person's data folder; one that cannot be kept costs an empty file, and no more."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.data / NAME

    def __contains__(self, path: Path) -> bool:
        return str(path.absolute()) in self._paths()

    def add(self, path: Path) -> None:
        """A file is about to be made."""
        self._keep([*self._paths(), str(path.absolute())])

    def forget(self, path: Path) -> None:
        """It is gone."""
        self._keep(one for one in self._paths() if one != str(path.absolute()))

    def _paths(self) -> list[str]:
        with suppress(OSError, ValueError):
            said = json.loads(self._path.read_text("utf-8"))
            return [str(one) for one in said] if isinstance(said, list) else []
        return []

    def _keep(self, paths: Iterable[str]) -> None:
        with suppress(ConfigError):
            replace(self._path, json.dumps(sorted(set(paths)), indent=2) + "\n")
