"""Rows within bounds, as JSON."""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolpost import InvalidArguments
from toolpost_sqlite.bounds import Bounds

if TYPE_CHECKING:
    from sqlite3 import Cursor

# The largest number up to which JSON readers that use floats, such as JavaScript's, tell all integers apart.
SAFE = 2**53 - 1
# A BLOB of at most so many bytes is shown, of a longer one its size.
SHOWN = 64
# About what a value takes in JSON besides its text.
ITEM = 8
KINDS = {int: "integer", float: "real", str: "text", bytes: "blob"}
CUT = "…"


@dataclass(frozen=True)
class Rows:
    """Columns by name and type, and their values; `cut` says why there are fewer than the statement gives."""

    columns: list[dict[str, str]]
    rows: list[list[Any]]
    cut: str = ""

    def json(self) -> dict[str, Any]:
        """As programs get it."""
        return {"columns": self.columns, "rows": self.rows, "truncated": bool(self.cut)}


def fetch(cursor: Cursor, bounds: Bounds) -> Rows:
    """The first rows, as many as the bounds allow.

    A type is that of the values: SQLite keeps types by value, and a column's
    declaration binds nobody.
    """
    names = _names(cursor, bounds)
    kinds: list[set[str]] = [set() for _ in names]
    rows: list[list[Any]] = []
    room, cut = bounds.bytes - sum(map(_size, names)), ""
    for row in cursor:
        if len(rows) == bounds.rows:
            cut = f"at most {bounds.rows} rows are shown"
            break
        shown, room, is_cut = _shown(row, room)
        cut = f"at most {bounds.bytes} bytes are shown" if is_cut else ""
        # A part of a row is shown only where nothing would be shown otherwise.
        if cut and rows:
            break
        for kind, value in zip(kinds, row, strict=True):
            kind.add(KINDS.get(type(value), "null"))
        rows.append(shown)
    return Rows([{"name": n, "type": _kind(k)} for n, k in zip(names, kinds, strict=True)], rows, cut)


def _names(cursor: Cursor, bounds: Bounds) -> list[str]:
    names = [column[0] for column in cursor.description or ()]
    if sum(map(_size, names)) > bounds.bytes:
        raise InvalidArguments(f"query: the names of its columns have more than {bounds.bytes} bytes; shorten with AS")
    return names


def _kind(seen: set[str]) -> str:
    kinds = seen - {"null"}
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "null"


def _shown(row: tuple[Any, ...], room: int) -> tuple[list[Any], int, bool]:
    """A row as JSON, the room that is left, and whether a text of it was cut."""
    shown, is_cut = [], False
    for value in row:
        part = fitting(value, room) if isinstance(value, str) else _plain(value)
        is_cut = is_cut or (isinstance(value, str) and part is not value)
        shown.append(part)
        room -= _size(part)
    return shown, room, is_cut or room < 0


def fitting(text: str, room: int) -> str:
    """As much of a text as there is room for."""
    if _size(text) <= max(room, ITEM):
        return text
    return text.encode()[: max(room - ITEM, 0)].decode("utf-8", "ignore") + CUT


def _plain(value: Any) -> Any:
    match value:
        case int() if abs(value) > SAFE:
            return str(value)
        case float() if not math.isfinite(value):
            return str(value)
        case bytes():
            small = {"base64": b64encode(value).decode()} if len(value) <= SHOWN else {}
            return {"bytes": len(value), **small}
    return value


def _size(value: Any) -> int:
    match value:
        case str():
            return ITEM + (len(value) if value.isascii() else len(value.encode()))
        case dict():
            return ITEM + 2 * SHOWN
    return 2 * ITEM
