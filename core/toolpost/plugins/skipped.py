"""Which plugins were left out at the last start, and why: remembered, so that nobody must import them to know."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from toolpost.errors import ConfigError
from toolpost.folders import Folders

NAME = "skipped.json"
# By environment: by plugin, the version it had and the reason.
Reasons = Mapping[str, tuple[str, str]]


def remember(folders: Folders, broken: Mapping[str, str], versions: Mapping[str, str]) -> None:
    """Write down what a start left out, if that is not what is written already."""
    found = {name: [versions.get(name, ""), reason] for name, reason in broken.items()}
    known = _read(folders)
    if known.get(sys.prefix, {}) == found:
        return
    from toolpost.config.edit import replace

    known = {**known, sys.prefix: found}
    with suppress(ConfigError):  # a start does not depend on it
        replace(_path(folders), json.dumps({place: one for place, one in known.items() if one}, indent=2))


def reasons(folders: Folders) -> dict[str, tuple[str, str]]:
    """By plugin, its version then and why it was left out."""
    with suppress(ValueError, TypeError, AttributeError):
        return {name: (str(version), str(why)) for name, (version, why) in _read(folders).get(sys.prefix, {}).items()}
    return {}


def _read(folders: Folders) -> dict[str, dict[str, list[str]]]:
    with suppress(OSError, ValueError):
        tree = json.loads(_path(folders).read_text("utf-8"))
        return tree if isinstance(tree, dict) else {}
    return {}


def _path(folders: Folders) -> Path:
    return folders.data / NAME
