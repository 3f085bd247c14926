"""What commands print: tables for people, JSON for programs, one line for what is wrong."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

Row = Sequence[str]


def as_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(for_programs(value))


def for_programs(value: Any) -> str:
    """A value as JSON; a date of TOML becomes a text."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def table(head: Row, rows: Sequence[Row]) -> None:
    """Print rows in columns under a head in capitals; the last column takes what room is left."""
    shown = [[one_line(cell) for cell in row] for row in ([title.upper() for title in head], *rows)]
    widths = [max(len(row[i]) for row in shown) for i in range(len(head) - 1)]
    room = max(20, _width() - sum(widths) - 2 * len(widths))
    for number, row in enumerate(shown):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        last = row[-1] if len(row[-1]) <= room else row[-1][: room - 1] + "…"
        line = "  ".join([*cells, last]).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def one_line(text: str) -> str:
    """A text without line ends and control characters, which could write what they like on a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else ascii(char)[1:-1] for char in text)


def _width() -> int:
    # A pipe has no width: what reads it can cut for itself.
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
