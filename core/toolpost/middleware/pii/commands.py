"""The command `toolpost pii scan`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from toolpost.middleware.pii.finding import Finder

FOUND, FAILED = 1, 2


def group(finder: Finder, known: Iterable[str]) -> click.Group:
    """The commands of one configured layer."""
    types = tuple(known)

    @click.group("pii")
    def pii() -> None:
        """Personal data and secrets in texts."""

    @pii.command()
    @click.argument("files", nargs=-1, required=True, metavar="FILE...")
    @click.option("--types", "wanted", metavar="TYPES", help="Only these types, with commas between them.")
    @click.option("--show", is_flag=True, help="Print the values themselves, too.")
    @click.option("--json", "for_programs", is_flag=True, help="Print one JSON object a line.")
    def scan(files: tuple[str, ...], wanted: str | None, show: bool, for_programs: bool) -> None:
        """Print what is found in files, by the settings of the configuration; - is stdin.

        Each line has the place, the type and the surroundings, masked. Exits with 0 if nothing was found, with 1 if
        something was, and with 2 if a file could not be read.
        """
        only = _types(wanted, types)
        found = failed = False
        for name in files:
            try:
                for row in _rows(name, finder, only, show=show):
                    found = True
                    click.echo(_json(row) if for_programs else _line(row))
            except OSError as error:
                failed = True
                click.echo(f"{_one_line(name)}: {error.strerror}", err=True)
        sys.exit(FAILED if failed else FOUND if found else 0)

    return pii


def _types(wanted: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    from toolpost.middleware.pii.actions import check

    named = tuple(name.strip().upper() for name in wanted.split(",") if name.strip()) if wanted else ()
    try:
        check(named, known, "type that is looked for")
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return named


def _rows(name: str, finder: Finder, types: tuple[str, ...], *, show: bool) -> Iterator[dict[str, Any]]:
    from toolpost.middleware.pii.scan import Binary, scan

    shown = "stdin" if name == "-" else name
    try:
        with _opened(name) as file:
            for found in scan(file, finder, types):
                place = {"file": shown, "line": found.line, "column": found.column}
                value = {"value": found.value} if show else {}
                yield {**place, "type": found.type, "excerpt": found.excerpt, **value}
    except Binary:
        click.echo(f"{_one_line(shown)}: skipped, since it is no text", err=True)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as file:  # noqa: PTH123 - a name may be what no Path can hold
        yield file


def _line(row: dict[str, Any]) -> str:
    value = f"  {_one_line(row['value'])}" if "value" in row else ""
    return f"{_one_line(row['file'])}:{row['line']}:{row['column']}: {row['type']}: {_one_line(row['excerpt'])}{value}"


def _json(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row, ensure_ascii=False)


def _one_line(text: str) -> str:
    from toolpost.cli.output import one_line

    return one_line(text)
