"""Servers taken out of a client's file, where toolpost starts them from now on; all else stays as it is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.config.edit import BOM, replace
from toolpost.connect.jsonc import parse_jsonc
from toolpost.connect.splice import spliced
from toolpost.errors import ConfigError

# Not the name of the copy that `toolpost connect` makes, which most often comes next and would replace this one.
KEPT = ".before-import"


@dataclass(frozen=True)
class Leaving:
    """A client's file without some servers; nothing is written yet."""

    path: Path
    after: str

    def write(self) -> Path:
        """Write it whole, or not at all; where the file as it was is kept.

        Raises:
            ConfigError: one of them cannot be written.
        """
        copy = _free(self.path.with_name(self.path.name + KEPT))
        try:
            shutil.copy2(self.path, copy)
        except OSError as error:
            raise ConfigError(f"{self.path}: no copy of it can be kept: {error.strerror or error}") from None
        replace(self.path, self.after)
        return copy


def leaving(path: Path, group: str, entries: Mapping[str, Any]) -> Leaving:
    """The file without these entries of a group of servers, which must be what stands in it.

    Raises:
        ConfigError: the file is not understood, or says something else by now; it is left as it is.
    """
    try:
        before = path.read_bytes().decode("utf-8")
        mark, text = (BOM, before[1:]) if before.startswith(BOM) else ("", before)
        found = parse_jsonc(text).plain[group]
        if changed := [name for name, entry in entries.items() if found.get(name) != entry]:
            raise ValueError(f"{changed[0][:64]!r} is not what it was when it was read")
        for name in entries:
            text = spliced(text, group, name, None)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path}: servers cannot be taken out: {error}; please do so by hand") from None
    return Leaving(path, mark + text)


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free
