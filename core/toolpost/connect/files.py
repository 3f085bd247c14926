"""A client's file: read, changed in one place, written whole or not at all, with a copy beside it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.config.edit import BOM, replace
from toolpost.connect.clients import Client
from toolpost.connect.jsonc import parse_jsonc
from toolpost.connect.made import Made
from toolpost.connect.splice import spliced
from toolpost.errors import ConfigError


@dataclass(frozen=True)
class Changed:
    """A file as it is and as it is to be; equal where there is nothing to do."""

    path: Path
    before: str
    after: str
    is_empty: bool = False

    def write(self, made: Made) -> bool:
        """Write it, after a copy of the old one was made; False where it went, since it was made by us and is empty.

        Raises:
            ConfigError: one of them cannot be written.
        """
        if self.is_empty and self.path in made:
            _remove(self.path)
            made.forget(self.path)
            return False
        if not self.path.exists():
            made.add(self.path)
        try:
            if self.path.exists():
                shutil.copy2(self.path, self.path.with_name(f"{self.path.name}.backup"))
        except OSError as error:
            raise ConfigError(f"{self.path}: no copy of it can be kept: {error.strerror or error}") from None
        replace(self.path, self.after)
        return True


def changed(path: Path, client: Client, name: str, entry: Mapping[str, Any] | None) -> Changed:
    """The file with an entry under a name, or without the one that it has; nothing is written yet.

    Raises:
        ConfigError: the file is not understood; it is left as it is.
    """
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
        mark, text = (BOM, before[1:]) if before.startswith(BOM) else ("", before)
        values = _values(text, client)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON: {error}; mend it, or move the file away") from None
    if not isinstance(values, dict) or not isinstance(values.get(client.group, {}), dict):
        raise ConfigError(
            f"{path}: the file, and {client.group} in it, must be objects; mend it, or move the file away"
        )
    if values.get(client.group, {}).get(name) == entry:
        return Changed(path, before, before)
    try:
        change = spliced if client.comments else _rewritten
        after = change(text, client.group, name, entry)
        return Changed(path, before, mark + after, is_empty=_values(after, client) in ({}, {client.group: {}}))
    except ValueError as error:
        raise ConfigError(f"{path}: {error}; please edit it by hand") from None


def _remove(path: Path) -> None:
    try:
        path.unlink()
        path.with_name(f"{path.name}.backup").unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be removed: {error.strerror or error}") from None


def _values(text: str, client: Client) -> Any:
    if client.comments:
        return parse_jsonc(text).plain if text.strip() else {}
    return json.loads(text.strip() or "{}", object_pairs_hook=_once)


def _rewritten(text: str, group: str, name: str, entry: Any) -> str:
    """A text without comments, written anew in the order and with the indentation that it had."""
    values = json.loads(text.strip() or "{}")
    inside = {key: value for key, value in values.get(group, {}).items() if key != name or entry is not None}
    values[group] = inside | ({name: entry} if entry is not None else {})
    indent = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    written = json.dumps(values, indent=indent[1] if indent else "  ", ensure_ascii=False)
    if not written.isascii():
        # Half a character, as "\ud83d" alone, can be written escaped only.
        written = written.encode("utf-8", "backslashreplace").decode()
    return f"{written}\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that has a key twice would lose something when it is written again."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands in it twice")
    return values
