"""Edits a person's configuration file in place: no comment is lost, and no half-written file is left."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.config.load import parse
from toolpost.config.locate import is_shipped, user_file
from toolpost.errors import ConfigError
from toolpost.whole import write_whole

BOM = "\ufeff"
Amendment = Callable[[Any], None]


@dataclass(frozen=True)
class Edited:
    """The file that was written, whether its text changed, and the file that it is a copy of."""

    path: Path
    changed: bool
    copied_from: Path | None = None


def edit(path: Path, change: Amendment) -> Edited:
    """Change a configuration file; the shipped one is copied to the user's folder first.

    The change is made twice, on the text and on what it says: they must agree,
    so that nothing else can have changed.

    Raises:
        ConfigError: the file is not TOML, cannot be changed without changing more, or cannot be written.
    """
    text, _ = parse(path)
    before = _tree(text)
    wanted = deepcopy(before)
    change(wanted)
    if wanted == before:
        return Edited(path, changed=False)
    changed = _changed(path, text, before, wanted, change)
    if not is_shipped(path):
        replace(path, changed)
        return Edited(path, changed=True)
    if os.path.lexists(user_file()):
        raise ConfigError(f"{path}: comes with toolpost and is never edited; yours is {user_file()}: name that one")
    replace(user_file(), changed)
    return Edited(user_file(), changed=True, copied_from=path)


def switch_plugin(name: str, on: bool) -> Amendment:
    """The change that enables or disables a plugin; a table without `enabled` is enabled."""

    def change(document: Any) -> None:
        table = document.setdefault("plugins", {}).setdefault(name, {})
        if not on or "enabled" in table:
            table["enabled"] = on

    return change


def remove_plugin(name: str) -> Amendment:
    """The change that takes a plugin's table out, with all that is in it."""

    def change(document: Any) -> None:
        document.get("plugins", {}).pop(name, None)

    return change


def switch_tool(name: str, on: bool) -> Amendment:
    """The change that shows or hides a tool."""

    def change(document: Any) -> None:
        if on and name not in document.get("tools", {}).get("disabled", []):
            return
        disabled = document.setdefault("tools", {}).setdefault("disabled", [])
        if on:
            disabled.remove(name)
        elif name not in disabled:
            disabled.append(name)

    return change


def replace(path: Path, text: str) -> None:
    """Write a file so that it is always whole: the old one, or the new one."""
    try:
        # A symbolic link stays one: what it points at is replaced.
        path = path.resolve()
        write_whole(path, text.encode(), path.stat().st_mode & 0o777 if path.exists() else 0o600)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from None


def _changed(path: Path, text: str, before: dict[str, Any], wanted: dict[str, Any], change: Amendment) -> str:
    """The text of the changed file, with its byte order mark and its kind of line ends."""
    try:
        changed = _with_new_table(text, before, wanted) or _with_change(text, change)
        if "\r\n" in text and not re.search(r"(?<!\r)\n", text):
            changed = re.sub(r"(?<!\r)\n", "\r\n", changed)
        found = _tree(changed)
    except ValueError:
        found = None
    if found != wanted or list(found.get("plugins", {})) != list(wanted.get("plugins", {})):
        raise ConfigError(f"{path}: cannot be changed without changing more than that; please edit it by hand")
    return BOM + changed if path.read_bytes().startswith(BOM.encode()) else changed


def _tree(text: str) -> dict[str, Any]:
    # As texts, since one NaN is not equal to another.
    return tomllib.loads(text, parse_float=str)


def _with_new_table(text: str, before: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    """The text with the table of a new plugin at its end, where its layer is the innermost."""
    names = [name for name in wanted.get("plugins", {}) if name not in before.get("plugins", {})]
    if not names:
        return None
    key = names[0] if re.fullmatch(r"[\w-]+", names[0], re.ASCII) else json.dumps(names[0])
    off = "enabled = false\n" if wanted["plugins"][names[0]].get("enabled") is False else ""
    changed = f"{text.rstrip()}\n\n[plugins.{key}]\n{off}".lstrip("\n")
    try:
        tomllib.loads(changed)
    except tomllib.TOMLDecodeError:  # `plugins` is an inline table, which nothing can be added to from outside
        return None
    return changed


def _with_change(text: str, change: Amendment) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    change(document)
    return tomlkit.dumps(document)
