"""What the tools answer: data for programs, and the same as a text for models."""

from __future__ import annotations

from typing import Any, Final

from toolpost import ToolResult
from toolpost_sqlite.rows import Rows
from toolpost_sqlite.table import count, rendered, table

_COLUMNS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
        "required": ["name", "type"],
    },
}
ROWS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "columns": {**_COLUMNS, "description": "Names, and the type of the values: integer, real, text, blob, mixed."},
        "rows": {
            "type": "array",
            "items": {"type": "array"},
            "description": "Values by column; integers beyond 2^53 are strings, BLOBs tell their size in bytes.",
        },
        "truncated": {"type": "boolean", "description": "Whether there are more rows than these."},
    },
    "required": ["columns", "rows", "truncated"],
}
WRITTEN: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "affected_rows": {"type": "integer"},
        "returned": {**ROWS, "description": "What RETURNING gave."},
    },
    "required": ["affected_rows"],
}
TABLE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "kind": {"type": "string", "description": "table or view"},
        "columns": ROWS,
        "foreign_keys": ROWS,
        "indexes": ROWS,
        "sql": {"type": "string", "description": "The statement that made it."},
    },
    "required": ["name", "kind", "columns", "foreign_keys", "indexes", "sql"],
}


def of_rows(found: Rows) -> ToolResult:
    """Rows."""
    return ToolResult.of(rendered(found), structured=found.json())


def of_tables(found: Rows) -> ToolResult:
    """Tables and views, or where to get one."""
    if not found.rows:
        return ToolResult.of("There are no tables yet; create_table makes one.", structured=found.json())
    lines = [f"- {name} ({kind})" for name, kind in found.rows]
    return ToolResult.of("\n".join([*lines, "", count(found, "table")]), structured=found.json())


def of_description(found: dict[str, Rows | str]) -> ToolResult:
    """What a table is like; a part without rows is left out of the text."""
    shown = [f"{found['kind']} {found['name']}"]
    for name, part in found.items():
        if isinstance(part, Rows) and part.rows:
            shown.append(f"{name.replace('_', ' ')}:\n{table(part)}")
    plain = {name: part.json() if isinstance(part, Rows) else part for name, part in found.items()}
    return ToolResult.of("\n\n".join([*shown, str(found["sql"])]).strip(), structured=plain)


def of_creation(is_new: bool) -> str:
    """Whether there was such a table."""
    return "The table was created." if is_new else "There is such a table already; nothing was changed."


def of_changes(found: tuple[int, Rows | None]) -> ToolResult:
    """How many rows were changed, and what came back."""
    changed, returned = found
    words = f"{changed} row{'' if changed == 1 else 's'} changed."
    if returned is None:
        return ToolResult.of(words, structured={"affected_rows": changed})
    data = {"affected_rows": changed, "returned": returned.json()}
    return ToolResult.of(f"{words}\n\n{rendered(returned)}", structured=data)
