"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

Row = Sequence[str]


def as_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(head: Row, rows: Sequence[Row]) -> None:
    """Print rows in columns; the last column takes what room is left."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head) - 1)]
    room = max(20, _width() - sum(widths) - 2 * len(widths))
    for number, row in enumerate((head, *rows)):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        last = row[-1] if len(row[-1]) <= room else row[-1][: room - 1] + "…"
        line = "  ".join([*cells, last]).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def _width() -> int:
    import shutil

    # A pipe has no width: what reads it can cut for itself.
    return shutil.get_terminal_size().columns if click.get_text_stream("stdout").isatty() else 10_000
