"""Which configuration file counts: the first of five places that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from toolpost.errors import ConfigError
from toolpost.folders import Folders

NAME = "config.toml"
VARIABLE = "TOOLPOST_CONFIG"


def locate(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file in effect.

    In this order: the one given by hand, `TOOLPOST_CONFIG`, `config.toml` in
    the working directory if it is ours, the user's configuration folder, and
    the one shipped with toolpost.
    """
    if given is not None:
        return _existing(given, "--config")
    if environ.get(VARIABLE):
        return _existing(Path(environ[VARIABLE]), VARIABLE)
    return next(path for path in _places() if path.is_file())


def user_file() -> Path:
    """Where a person's own configuration belongs."""
    return Folders.of_user().config / NAME


def shipped_file() -> Path:
    """The configuration that came with toolpost: inside the package, or at the root of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / NAME
    return inside if inside.is_file() else package.parents[1] / NAME


def _places() -> Iterator[Path]:
    here = Path.cwd() / NAME
    if here.is_file() and _is_ours(here):
        yield here
    yield user_file()
    yield shipped_file()


def _is_ours(path: Path) -> bool:
    """Whether a `config.toml` that just lies in the working directory speaks of toolpost's plugins."""
    return "[plugins" in path.read_text("utf-8", errors="replace")


def _existing(path: Path, source: str) -> Path:
    if not path.is_file():
        raise ConfigError(f"{source}: there is no file {str(path)!r}; `toolpost config path` names the one in use")
    return path
