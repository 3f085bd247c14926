"""A file with servers as other programs have it: Claude Desktop, Claude Code, Cursor, VS Code and their like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolpost.kit import CLIENTS, parse_jsonc
from toolpost_upstream.servers.places import homed
from toolpost_upstream.servers.variables import Place

GROUPS = (("mcpServers",), ("servers",), ("mcp", "servers"), ("context_servers",))
LARGEST = 32 * 1024 * 1024


class Unreadable(ValueError):
    """A file says nothing of servers; the text names it, and the way out."""


def file_of(given: str) -> Path:
    """The file that is meant: by its path, or by the name of its program, such as `claude-desktop`."""
    return CLIENTS[given].user() if given in CLIENTS else Path(homed(given))


def read(path: Path, environ: Mapping[str, str]) -> tuple[dict[str, Any], Place]:
    """The entries of a file by name, unchecked, and what their variables stand for.

    Raises:
        Unreadable: it is not there, no JSON, or has none.
    """
    values = _values(path)
    group = _group(values)
    if group is not None:
        return _inside(values, group), Place(path, environ, _inputs(values, group))
    raise Unreadable(f'{path}: has no servers; they belong under "mcpServers", or "servers" as in VS Code')


def group_of(path: Path) -> tuple[str, ...]:
    """Under which keys a file has its servers; raises as `read` does, and none where it has none."""
    return _group(_values(path)) or ()


def _group(values: Any) -> tuple[str, ...] | None:
    return next((group for group in GROUPS if isinstance(_inside(values, group), dict)), None)


def _values(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"{path}: is larger than 32 MiB; name the file that holds the servers alone")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise Unreadable(f"{path}: cannot be read: {reason}; mend that, or take it out of `files`") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path}: is not UTF-8; save it in that encoding") from None
    try:
        return _json(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}: cannot be read as JSON: {error}; mend it, or take it out of `files`") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # Slower by far, and needed only where a person writes comments.
        return parse_jsonc(text).plain


def _inside(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _inputs(values: Any, group: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    found = _inside(values, (*group[:-1], "inputs"))
    asked = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {one["id"]: one for one in asked if isinstance(one.get("id"), str)}
