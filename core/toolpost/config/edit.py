"""Edits a person's configuration file in place: no comment is lost, and no half-written file is left."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolpost.config.load import parse
from toolpost.config.locate import shipped_file, user_file
from toolpost.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def edit(path: Path, change: Callable[[TOMLDocument], None]) -> Path:
    """Change a configuration file; the shipped one is copied to the user's folder first.

    Returns the file that was written.

    Raises:
        ConfigError: the file is not TOML, or cannot be written.
    """
    import tomlkit

    text, _ = parse(path)
    document = tomlkit.parse(path.read_bytes().decode("utf-8-sig"))
    change(document)
    changed = tomlkit.dumps(document)
    tomllib.loads(changed)  # what we write must be readable, whatever the editor did
    target = user_file() if path == shipped_file() else path
    if changed != text or target != path:
        replace(target, changed)
    return target


def switch_plugin(name: str, on: bool) -> Callable[[TOMLDocument], None]:
    """The change that enables or disables a plugin."""

    def change(document: TOMLDocument) -> None:
        table = _table(_table(document, "plugins"), name)
        if on and "enabled" not in table:
            return
        table["enabled"] = on

    return change


def switch_tool(name: str, on: bool) -> Callable[[TOMLDocument], None]:
    """The change that shows or hides a tool."""

    def change(document: TOMLDocument) -> None:
        disabled = _table(document, "tools").setdefault("disabled", [])
        if on and name in disabled:
            disabled.remove(name)
        elif not on and name not in disabled:
            disabled.append(name)

    return change


def replace(path: Path, text: str) -> None:
    """Write a file so that it is always whole: the old one, or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A symbolic link stays one: what it points at is replaced.
        path = path.resolve()
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from None


def _table(parent: Any, name: str) -> Any:
    import tomlkit

    if name not in parent:
        parent[name] = tomlkit.table(is_super_table=name == "plugins")
    return parent[name]
