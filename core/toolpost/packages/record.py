"""What was installed through toolpost: when, by what command, which version, from where."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolpost.folders import Folders

NAME = "installed.toml"
OPENING = (
    "# What `toolpost plugins` installed, and when. Written by toolpost; a lock is made by `toolpost plugins freeze`.\n"
)


@dataclass(frozen=True)
class Entry:
    """One distribution that was installed into one environment."""

    distribution: str
    version: str
    plugins: tuple[str, ...]
    requirement: str
    source: str
    command: str
    environment: str
    at: datetime

    @classmethod
    def now(cls, distribution: str, version: str, plugins: Collection[str], **known: str) -> Entry:
        """What has just been installed here."""
        at = datetime.now(UTC).replace(microsecond=0)
        return cls(distribution, version, tuple(plugins), environment=sys.prefix, at=at, **known)


class Record:
    """The file of it; several environments of one person share it."""

    def __init__(self, folders: Folders) -> None:
        self.path = folders.data / NAME

    def entries(self) -> list[Entry]:
        """What is recorded of this environment; nothing where the file is missing or broken."""
        return [entry for entry in self._all() if entry.environment == sys.prefix]

    def add(self, new: Collection[Entry]) -> None:
        """Record distributions in place of what was recorded of them."""
        self._keep([*self._without({entry.distribution for entry in new}), *new])

    def forget(self, names: Collection[str]) -> None:
        """Record no longer that distributions are installed here."""
        self._keep([*self._without(names)])

    def gone(self, present: Collection[str]) -> list[Entry]:
        """What was installed here and is no longer."""
        return [entry for entry in self.entries() if entry.distribution not in present]

    def _without(self, names: Collection[str]) -> Iterator[Entry]:
        return (one for one in self._all() if one.environment != sys.prefix or one.distribution not in names)

    def _keep(self, entries: Collection[Entry]) -> None:
        import tomli_w

        from toolpost.config.edit import replace

        tree = {"installed": [{**asdict(entry), "plugins": list(entry.plugins)} for entry in entries]}
        replace(self.path, OPENING + tomli_w.dumps(tree))

    def _all(self) -> list[Entry]:
        try:
            said = tomllib.loads(self.path.read_text("utf-8"))["installed"]
            return [_entry(item) for item in said]
        except (OSError, ValueError, KeyError, TypeError):
            return []


def default_record(configuration: Path | None = None) -> Record:
    """The record of the person who runs this process."""
    return Record(Folders.of_user(configuration))


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(**{**item, "plugins": tuple(item["plugins"])})
