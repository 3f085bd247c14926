"""Environments made for real: each knows how to run toolpost in itself, as a person would who has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uv

UV = Path(uv.find_uv_bin())
DONE = subprocess.CompletedProcess[str]


@dataclass
class Place:
    """A folder that is a person's whole world, with an index that pip and uv are configured for."""

    folder: Path
    index: str
    commands: list[Path] = field(default_factory=list)
    toolpost: Path = Path()

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pip.conf").write_text(f"[global]\nindex-url = {self.index}\n")
        (self.folder / "uv.toml").write_text(f'[[index]]\nurl = "{self.index}"\ndefault = true\n')
        (self.folder / "config.toml").write_text("[plugins.trace]\n")

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
        commands = os.pathsep.join([*map(str, self.commands), "/usr/bin", "/bin"])
        return {
            **kept,
            "PATH": commands,
            "HOME": str(self.folder),
            "TOOLPOST_HOME": str(self.folder / "home"),
            "TOOLPOST_CONFIG": str(self.folder / "config.toml"),
            "PIP_CONFIG_FILE": str(self.folder / "pip.conf"),
            "PIP_CACHE_DIR": str(self.folder.parent / "cache" / "pip"),
            "UV_CONFIG_FILE": str(self.folder / "uv.toml"),
            "UV_CACHE_DIR": str(self.folder.parent / "cache" / "uv"),
            "UV_PYTHON_DOWNLOADS": "never",
            "PIPX_HOME": str(self.folder / "pipx"),
            "PIPX_BIN_DIR": str(self.folder / "bin"),
        }

    def run(self, *command: str | Path, stdin: str | None = None) -> DONE:
        """Any command, to its end."""
        given: dict[str, Any] = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            [str(word) for word in command],
            env=self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **given,
        )

    def must(self, *command: str | Path) -> str:
        """A command that succeeds."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plugins(self, *words: str) -> DONE:
        """`toolpost plugins …`."""
        return self.run(self.toolpost, "plugins", *words)

    def states(self) -> dict[str, str]:
        """The state of each plugin, as `toolpost plugins list` says."""
        import json

        return {one["name"]: one["state"] for one in json.loads(self.must(self.toolpost, "plugins", "list", "--json"))}

    def recorded(self) -> list[dict[str, Any]]:
        """The entries in the record."""
        path = self.folder / "home" / "data" / "installed.toml"
        return list(tomllib.loads(path.read_text())["installed"]) if path.is_file() else []


def plain(place: Place) -> Place:
    """A venv with pip."""
    place.must(sys.executable, "-m", "venv", place.folder / "venv")
    place.must(place.folder / "venv/bin/python", "-m", "pip", "install", "-q", "toolpost")
    place.toolpost = place.folder / "venv/bin/toolpost"
    return place


def without_pip(place: Place) -> Place:
    """A venv that uv made, and uv on PATH."""
    place.commands = [UV.parent]
    place.must(UV, "venv", "-q", "--python", sys.executable, place.folder / "venv")
    place.must(UV, "pip", "install", "-q", "--python", place.folder / "venv/bin/python", "toolpost")
    place.toolpost = place.folder / "venv/bin/toolpost"
    return place


def uv_tool(place: Place) -> Place:
    """An environment of `uv tool`."""
    place.commands = [UV.parent, place.folder / ".local/bin"]
    place.must(UV, "tool", "install", "-q", "--python", sys.executable, "toolpost")
    place.toolpost = place.folder / ".local/bin/toolpost"
    return place


def pipx(place: Place, command: Path) -> Place:
    """An environment of pipx."""
    place.commands = [command.parent]
    place.must(command, "install", "--python", sys.executable, "toolpost")
    place.toolpost = place.folder / "bin/toolpost"
    return place
