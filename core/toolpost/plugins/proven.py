"""Which plugins have been seen to start here, and starts that never came to an end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from toolpost.folders import Folders
from toolpost.plugins.find import Found
from toolpost.plugins.sources import source_of
from toolpost.whole import write_whole

# Seconds after which a start that goes on is one that hangs.
STARTING = 120.0


class Proven:
    """The plugins that came through a start as they are now installed: by environment, by name."""

    def __init__(self, folders: Folders) -> None:
        self._path, self._marks = folders.data / "proven.json", folders.data / "starting"
        self._all = read(self._path)
        self._doubted = {name for names in self._unfinished() for name in names}

    def holds(self, claim: Found) -> bool:
        """Whether a plugin came through, and no start with it ended badly since."""
        return claim.name not in self._doubted and self._here.get(claim.name) == _identity(claim)

    def learn(self, claims: Iterable[Found], failed: Collection[str]) -> None:
        """These came through, and those did not."""
        stood = {name: one for name, one in self._here.items() if name not in failed}
        here = {**stood, **{claim.name: _identity(claim) for claim in claims}}
        with suppress(OSError):  # they are tried once more
            if here != self._here:
                write_whole(self._path, json.dumps({**self._all, sys.prefix: here}).encode())
        for mark in self._old_marks():
            mark.unlink(missing_ok=True)

    @property
    def _here(self) -> Mapping[str, object]:
        found = self._all.get(sys.prefix)
        return found if isinstance(found, dict) else {}

    def _unfinished(self) -> Iterator[list[str]]:
        for mark in self._old_marks():
            names = read(mark).get(sys.prefix)
            yield [str(name) for name in names] if isinstance(names, list) else []

    def _old_marks(self) -> Iterator[Path]:
        """Those of processes that are gone, or have been starting for too long."""
        for mark in self._marks.glob("*.json"):
            with suppress(OSError):
                if _is_free(mark) or time.time() - mark.stat().st_mtime > STARTING:
                    yield mark


@contextmanager
def starting(folders: Folders, names: Collection[str]) -> Iterator[None]:
    """While this is open, these plugins are starting; if the process ends meanwhile, the next start doubts them."""
    mark = _mark(folders, names) if names else None
    try:
        yield
    finally:
        if mark is not None:
            with suppress(OSError):
                Path(mark.name).unlink(missing_ok=True)
            mark.close()


def _mark(folders: Folders, names: Collection[str]) -> IO[str] | None:
    """A file that is locked for as long as this process lives, whatever ends it."""
    with suppress(OSError):  # a start does not depend on it
        folder = folders.data / "starting"
        folder.mkdir(parents=True, exist_ok=True)
        mark = NamedTemporaryFile("w", dir=folder, suffix=".json", encoding="utf-8", delete=False)  # noqa: SIM115
        _lock(mark.fileno())
        mark.write(json.dumps({sys.prefix: [*names]}))
        mark.flush()
        return mark
    return None


def _is_free(mark: Path) -> bool:
    with mark.open() as file:
        return _lock(file.fileno())


def _lock(descriptor: int) -> bool:
    """Lock a file until it is closed; False where another has done so."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _identity(claim: Found) -> list[object]:
    """What changes when another version is installed, or its author edits it."""
    source = source_of(claim.module)
    with suppress(OSError):
        return [claim.distribution, claim.entry_point.value, str(source), source.stat().st_mtime_ns if source else 0]
    return [claim.distribution, claim.entry_point.value]


def read(path: Path) -> dict[str, object]:
    """What was written down; nothing where that cannot be read."""
    with suppress(OSError, ValueError, RecursionError):
        tree = json.loads(path.read_text("utf-8"))
        return tree if isinstance(tree, dict) else {}
    return {}
