"""Which kind of environment toolpost runs in, and what keeps it from being changed."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from toolpost.errors import PluginError

Kind = Literal["python", "venv", "uv tool", "uvx", "pipx"]
ANOTHER = (
    "install toolpost with `uv tool install toolpost`, `pipx install toolpost` or in a venv, and its plugins there"
)


@dataclass(frozen=True)
class Environment:
    """Where toolpost is installed: the Python that runs it, its folder, and what that folder is."""

    kind: Kind
    python: Path
    prefix: Path
    site: Path
    standard: Path
    has_pip: bool

    @classmethod
    def here(cls) -> Environment:
        """The one that this process runs in."""
        paths, prefix = sysconfig.get_paths(), Path(sys.prefix)
        python, standard = Path(sys.executable), Path(paths["stdlib"])
        return cls(_kind(prefix), python, prefix, Path(paths["purelib"]), standard, find_spec("pip") is not None)

    def refuse_if_closed(self) -> None:
        """Raise `PluginError` where nothing can be installed, with what to do instead."""
        marker = self.standard / "EXTERNALLY-MANAGED"
        if self.kind == "python" and marker.is_file():
            raise PluginError(f"{self.prefix} installs its own packages and no others ({marker}, PEP 668); {ANOTHER}")
        if self.kind == "uvx":
            raise PluginError(
                "uvx makes this environment anew for each version, without what was installed into it; "
                "use `uvx --with NAME toolpost`, or for good `uv tool install --with NAME toolpost`"
            )
        if not _is_writable(self.site):
            raise PluginError(f"{self.site} cannot be written to; ask who administers it, or {ANOTHER}")

    @property
    def cautions(self) -> list[str]:
        """What a person should know before anything is installed here."""
        root = self.prefix.parent
        if self.kind != "venv" or not (root / "uv.lock").is_file():
            return []
        if (root / "run").is_file() and (self.prefix / "stamp").is_file():
            return [
                "`./run` keeps what is installed here, until it has to make .venv anew; `doctor` then says what is gone"
            ]
        return [f"`uv sync` removes what {root / 'pyproject.toml'} does not name; `uv add` in {root} keeps it"]


def _kind(prefix: Path) -> Kind:
    if (prefix / "uv-receipt.toml").is_file():
        return "uv tool"
    if (prefix / "pipx_metadata.json").is_file():
        return "pipx"
    if {"archive-v0", "environments-v2"} & {prefix.parent.name, *(part for part in Path(sys.executable).parts)}:
        return "uvx"
    return "venv" if sys.prefix != sys.base_prefix else "python"


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made in a folder: its mode does not say so of a file system that is read-only."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
