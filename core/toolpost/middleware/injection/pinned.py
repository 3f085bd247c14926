"""The files of pins: read, written whole, and held by one process at a time."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Key = tuple[str, str]
# One file of digests, which every start reads, and one of the texts, which only a review and a writer do.
DIGESTS, TEXTS = "pins.toml", "definitions.toml"
HEAD = "# What tools said when they were approved; written by toolpost. See `toolpost tools review`.\n"


def read(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing, if it is not there."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        raise ValueError("nested too deeply") from None


def lenient(path: Path) -> dict[str, Any]:
    """The same; nothing, if it cannot be understood."""
    try:
        return read(path)
    except ValueError:
        return {}


def digests(folder: Path) -> dict[Key, str]:
    """What is pinned; raises `ValueError` where the file is broken."""
    found: dict[Key, str] = {}
    for plugin, tools in read(folder / DIGESTS).items():
        if not isinstance(tools, dict) or not all(isinstance(digest, str) for digest in tools.values()):
            raise ValueError(f"{plugin!r} is no table of digests")
        found.update({(plugin, name): digest for name, digest in tools.items()})
    return found


def write(folder: Path, known: Mapping[Key, str], fresh: Mapping[str, str]) -> None:
    """Write all pins; `fresh` are texts that are not in the file of texts, by digest. The lock must be held."""
    # Only writers need them.
    import tomli_w

    from toolpost.config.edit import replace

    texts = {**lenient(folder / TEXTS), **fresh}
    kept = {digest: texts[digest] for digest in known.values() if digest in texts}
    tables: dict[str, dict[str, str]] = {}
    for (plugin, name), digest in sorted(known.items()):
        tables.setdefault(plugin, {})[name] = digest
    # The texts first: a digest without its text is a change that nobody can read.
    replace(folder / TEXTS, HEAD + tomli_w.dumps(kept))
    replace(folder / DIGESTS, HEAD + tomli_w.dumps(tables))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock file of a folder; it stays where it is, since removing it would let two hold it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        _lock(file.fileno())
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
