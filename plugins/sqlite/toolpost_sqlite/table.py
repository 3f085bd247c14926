"""Rows as a text that models read well."""

from __future__ import annotations

from typing import Any

from toolpost_sqlite.rows import Rows

FEWER = "ask for less: name columns, narrow with WHERE, or page with LIMIT and OFFSET"


def rendered(found: Rows) -> str:
    """The rows, and how many there are."""
    return f"{table(found)}\n\n{count(found, 'row')}"


def table(found: Rows) -> str:
    """A Markdown table; a single row as a list, where its texts may have lines."""
    names = [column["name"] for column in found.columns]
    if len(found.rows) == 1 and not found.cut:
        return "\n".join(f"{name}: {_word(value)}" for name, value in zip(names, found.rows[0], strict=True))
    lines = [names, ["---"] * len(names), *found.rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def count(found: Rows, what: str) -> str:
    """How many there are, and whether that is all."""
    shown = f"{len(found.rows)} {what}{'' if len(found.rows) == 1 else 's'}"
    return f"{shown}, and there is more: {found.cut}; {FEWER}." if found.cut else f"{shown}."


def _cell(value: Any) -> str:
    return _word(value).replace("\\", "\\\\").replace("|", "\\|").replace("\r", "").replace("\n", "\\n")


def _word(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case {"bytes": size, "base64": data}:
            return f"(BLOB of {size} bytes, base64 {data})"
        case {"bytes": size}:
            return f"(BLOB of {size} bytes)"
    return str(value)
