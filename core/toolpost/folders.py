"""Where a person's files of toolpost lie: a host service, which plugins receive by naming its type."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HOME = "TOOLPOST_HOME"


@dataclass(frozen=True)
class Folders:
    """The user's folders for toolpost, as the platform wants them, or all under one `root`.

    `TOOLPOST_HOME` in the environment names a root. A folder may not exist
    yet. `configuration` is the file that is in effect, where there is one.
    """

    root: Path | None = None
    configuration: Path | None = None

    @classmethod
    def of_user(cls, configuration: Path | None = None) -> Folders:
        """The folders of the person who runs this process."""
        home = os.environ.get(HOME)
        return cls(Path(home).expanduser() if home else None, configuration)

    @cached_property
    def config(self) -> Path:
        """What a person wrote: `config.toml`."""
        return self._place("config")

    @cached_property
    def cache(self) -> Path:
        """What can be fetched or made again."""
        return self._place("cache")

    @cached_property
    def data(self) -> Path:
        """What must not be lost."""
        return self._place("data")

    @property
    def store(self) -> Path:
        """The file of the default store."""
        return self.data / "toolpost.sqlite3"

    @property
    def artefacts(self) -> Path:
        """Where bytes lie under handles."""
        return self.data / "artefacts"

    def _place(self, kind: str) -> Path:
        if self.root is not None:
            return self.root / kind
        # platformdirs takes 10 ms to import, and most starts need no folder.
        import platformdirs

        return Path(getattr(platformdirs, f"user_{kind}_path")("toolpost", appauthor=False))
