"""Which plugins of a running process cannot be called: written down, so that commands beside it can say so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from toolpost.folders import Folders
from toolpost.whole import write_whole


@dataclass(frozen=True)
class Ailing:
    """A plugin that is `paused`, `down`, `restless` or `broken`, why, and the Unix time at which a pause is over."""

    plugin: str
    state: str
    why: str = ""
    until: float = 0.0


def tell(folders: Folders, ailing: Iterable[Ailing]) -> None:
    """Write down what ails in this process, in place of what was; nothing is left where all is well."""
    path, told = _path(folders, os.getpid()), [asdict(one) for one in ailing]
    with suppress(OSError):  # whoever asks has the resource, too
        if told:
            write_whole(path, json.dumps(told).encode())
        else:
            path.unlink(missing_ok=True)


def told(folders: Folders, pid: int) -> list[Ailing]:
    """What a process, which still runs, has written down."""
    with suppress(OSError, ValueError, TypeError):
        return [Ailing(**one) for one in json.loads(_path(folders, pid).read_text("utf-8"))]
    return []


def is_any(folders: Folders) -> bool:
    """Whether any process, dead ones included, has left something."""
    return any(_folder(folders).glob("*.json"))


def _path(folders: Folders, pid: int) -> Path:
    return _folder(folders) / f"{pid}.json"


def _folder(folders: Folders) -> Path:
    return folders.data / "ailing"
