"""Which plugins a configuration lists: read in milliseconds, also where the rest of the file is wrong."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.config.locate import locate, shipped_file

PREFIX = "TOOLPOST__"


@dataclass(frozen=True)
class Listed:
    """The configuration in effect, and its plugins in their order: whether each is enabled.

    `text` and `tables` are there where the file alone says it all.
    """

    path: Path
    plugins: Mapping[str, bool]
    text: str = ""
    tables: Mapping[str, Mapping[str, Any]] | None = None

    @classmethod
    def read(cls, given: Path | None) -> Listed:
        """What a file lists.

        Raises:
            ConfigError: it cannot be read, or is not TOML.
        """
        path = locate(given, os.environ)
        return _plainly(path) or _thoroughly(path)

    @property
    def enabled(self) -> list[str]:
        """The plugins that run."""
        return [name for name, on in self.plugins.items() if on]


def _plainly(path: Path) -> Listed | None:
    """What the file has; None where more than the file must be asked.

    Checking every setting takes ten times as long, and needs pydantic.
    """
    places = (Path(".env"), path.parent / ".env", shipped_file().parent / ".env")
    if any(name.startswith(PREFIX) for name in os.environ) or any(place.is_file() for place in places):
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
        tables = tomllib.loads(text).get("plugins", {})
        found = {name: table.get("enabled", True) for name, table in tables.items()}
    except (OSError, ValueError, RecursionError, AttributeError):
        return None
    return Listed(path, found, text, tables) if all(isinstance(on, bool) for on in found.values()) else None


def _thoroughly(path: Path) -> Listed:
    from toolpost.config.load import load

    config = load(path, lenient=True)
    return Listed(path, {name: table.enabled for name, table in config.plugins.items()})
