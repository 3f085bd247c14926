"""Where pip and uv keep their configuration, least important first."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def pip_files(environ: Mapping[str, str], platform: str) -> list[Path]:
    """pip's files (https://pip.pypa.io/en/stable/topics/configuration/#location).

    `PIP_CONFIG_FILE` stands in for the user's file, and the null device for all of them.
    """
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    user = [] if named and Path(named).exists() else _pip_of_user(environ, platform)
    site = [Path(folder) for folder in (sys.prefix, environ.get("VIRTUAL_ENV", "")) if folder]
    name = "pip.ini" if platform == "win32" else "pip.conf"
    return [*_pip_of_machine(environ, platform), *user, *(folder / name for folder in site), *_named(named)]


def uv_files(environ: Mapping[str, str], platform: str) -> list[Path]:
    """uv's files (https://docs.astral.sh/uv/concepts/configuration-files/), or the one of `UV_CONFIG_FILE`."""
    if named := environ.get("UV_CONFIG_FILE", ""):
        return [Path(named)]
    if platform == "win32":
        folders = [Path(environ[key]) for key in ("PROGRAMDATA", "APPDATA") if environ.get(key)]
    else:
        folders = [Path("/etc"), *_xdg_dirs(environ), _xdg_home(environ)]
    return [folder / "uv" / "uv.toml" for folder in folders]


def _pip_of_machine(environ: Mapping[str, str], platform: str) -> list[Path]:
    if platform == "win32":
        return [Path(environ.get("PROGRAMDATA", "C:/ProgramData")) / "pip" / "pip.ini"]
    if platform == "darwin":
        return [Path("/Library/Application Support/pip/pip.conf")]
    return [*(folder / "pip" / "pip.conf" for folder in _xdg_dirs(environ)), Path("/etc/pip.conf")]


def _pip_of_user(environ: Mapping[str, str], platform: str) -> list[Path]:
    home = Path.home()
    if platform == "win32":
        return [home / "pip" / "pip.ini", Path(environ.get("APPDATA", home)) / "pip" / "pip.ini"]
    files = [home / ".pip" / "pip.conf", _xdg_home(environ) / "pip" / "pip.conf"]
    return [*files, home / "Library/Application Support/pip/pip.conf"] if platform == "darwin" else files


def _xdg_dirs(environ: Mapping[str, str]) -> list[Path]:
    return [Path(folder) for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if folder]


def _xdg_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _named(path: str) -> list[Path]:
    return [Path(path)] if path else []
