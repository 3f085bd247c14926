"""Plugins that took all the time there is to start: remembered, so that not every command waits for them again.

One is tried again once its source or its version is another, or when
`toolpost plugins enable` or `plugins check` asks for that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from toolpost.folders import Folders
from toolpost.plugins.find import Found
from toolpost.plugins.proven import read
from toolpost.plugins.sources import source_of
from toolpost.whole import write_whole

NAME = "stuck.json"


class Stuck:
    """Those of this environment, by name: what each was then, and what was said of it."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.data / NAME
        self._all = read(self._path)

    def why(self, claim: Found) -> str:
        """Why it is not to be tried; empty where nothing is known, or it is no longer the same."""
        match self._here.get(claim.name):
            case [identity, str(why)] if identity == _identity(claim):
                return f"{why}; {way_out(claim.name)}"
        return ""

    def learn(self, late: Iterable[tuple[Found, str]]) -> None:
        """These took too long, and this was said of them."""
        self._write({**self._here, **{claim.name: [_identity(claim), why] for claim, why in late}})

    def forget(self, names: Iterable[str]) -> None:
        """Let these be tried again."""
        gone = {*names}
        self._write({name: one for name, one in self._here.items() if name not in gone})

    @property
    def _here(self) -> dict[str, object]:
        found = self._all.get(sys.prefix)
        return found if isinstance(found, dict) else {}

    def _write(self, here: dict[str, object]) -> None:
        if here == self._here:
            return
        self._all = {**self._all, sys.prefix: here}
        with suppress(OSError):  # they are tried once more
            write_whole(self._path, json.dumps(self._all).encode())


def way_out(name: str) -> str:
    """How such a plugin comes to be tried again."""
    return f"it is not tried again until it changes, or `toolpost plugins enable {name}` asks for it"


def _identity(claim: Found) -> list[object]:
    """What changes when another version is installed, or its author edits any module of it."""
    source = source_of(claim.module.partition(".")[0]) or source_of(claim.module)
    return [claim.distribution, claim.entry_point.value, str(source), _newest(source) if source else 0]


def _newest(source: Path) -> int:
    modules = source.parent.rglob("*.py") if source.name == "__init__.py" else [source]
    newest = 0
    for module in modules:
        with suppress(OSError):
            newest = max(newest, module.stat().st_mtime_ns)
    return newest
