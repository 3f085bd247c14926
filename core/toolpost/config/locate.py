"""Which configuration file counts: the first of five places that has one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolpost.errors import ConfigError
from toolpost.folders import Folders

NAME = "config.toml"
VARIABLE = "TOOLPOST_CONFIG"
# Many programs have a `config.toml`; ours has tables of plugins.
OURS = re.compile(r"^\s*(\[\s*)?plugins\s*[.=\]]", re.MULTILINE)


def locate(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file in effect.

    In this order: the one given by hand, `TOOLPOST_CONFIG`, `config.toml` in
    the working directory if it is ours, the user's configuration folder, and
    the one shipped with toolpost.
    """
    if given is not None:
        return _existing(given, "--config")
    if environ.get(VARIABLE):
        return _existing(Path(environ[VARIABLE]).expanduser(), VARIABLE)
    return next(_places())


@dataclass(frozen=True)
class Stamp:
    """Which file it is, and what of it changes with its content."""

    path: Path
    modified: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """As the file is now; None where there is none."""
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(path, found.st_mtime_ns, found.st_size, found.st_ino)


def user_file() -> Path:
    """Where a person's own configuration belongs."""
    return Folders.of_user().config / NAME


def shipped_file() -> Path:
    """The configuration that came with toolpost: inside the package, or at the root of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / NAME
    return inside if inside.is_file() else package.parents[1] / NAME


def is_shipped(path: Path) -> bool:
    """Whether this is the file that came with toolpost, by whatever path."""
    return path.resolve() == shipped_file().resolve()


def _places() -> Iterator[Path]:
    here = Path.cwd() / NAME
    # In a checkout the shipped file lies in the working directory, and a person's own still goes before it.
    if _is_ours(here) and not is_shipped(here):
        yield here
    if os.path.lexists(user_file()):
        yield user_file()
    yield shipped_file()


def _is_ours(path: Path) -> bool:
    """Whether a `config.toml` that just lies in the working directory speaks of toolpost's plugins."""
    try:
        return OURS.search(path.read_bytes().decode("utf-8", errors="replace")) is not None
    except OSError:
        return False


def _existing(path: Path, source: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{source}: there is no file {str(path)!r}; leave {source} out for your own or the shipped")
    return path
