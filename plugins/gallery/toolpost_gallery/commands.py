"""The commands `toolpost gallery list`, `show`, `open` and `clean`; whoever runs this host sees all its pictures."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import click

from toolpost import InvalidArguments, amount
from toolpost_gallery.entry import SCHEME, Entry
from toolpost_gallery.retention import DAY, Cleaned, clean
from toolpost_gallery.tool import searched
from toolpost_gallery.words import counted, measures, one_line

if TYPE_CHECKING:
    from toolpost_gallery.plugin import Gallery

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}
SHOWN = 20
for_programs = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def _seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smhdw])", value.strip())
    if found is None or not float(found[1]):
        raise click.BadParameter("an age is a number and a unit, such as 90m, 12h, 30d or 2w")
    return float(found[1]) * SECONDS[found[2]]


def group(gallery: Gallery) -> click.Group:
    """The commands of one configured plugin."""

    @click.group("gallery", context_settings={"obj": gallery})
    def commands() -> None:
        """The pictures that tools have made."""

    for command in (list_, show, open_, clean_):
        commands.add_command(command)
    return commands


@click.command("list")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="How many.")
@click.option("--search", default="", help="Words that prompt, model or tool must have.")
@for_programs
@click.pass_obj
def list_(gallery: Gallery, limit: int, search: str, as_json: bool) -> None:
    """List pictures, newest first."""
    entries = anyio.run(_entries, gallery, searched(search))[:limit]
    click.echo(_json([entry.public() for entry in entries]) if as_json else _table(entries))


@click.command()
@click.argument("id")
@for_programs
@click.pass_obj
def show(gallery: Gallery, id: str, as_json: bool) -> None:
    """Print what is known of a picture."""
    entry = anyio.run(_entry, gallery, id)
    path = str(gallery.collection.artefacts.path(entry.handle))
    known = {**entry.public(), **asdict(entry), "made": entry.date, "path": path}
    click.echo(_json(known) if as_json else _lines(known))


@click.command("open")
@click.argument("id")
@click.pass_obj
def open_(gallery: Gallery, id: str) -> None:
    """Open a picture in the program that shows such files."""
    path = anyio.run(_copied, gallery, id)
    click.echo(str(path))
    if click.launch(str(path)):
        raise click.ClickException("no program was found that shows it; open this file by hand")


@click.command("clean")
@click.option("--older-than", type=str, callback=_seconds, metavar="AGE", help="Such as 30d, 12h or 2w.")
@for_programs
@click.pass_obj
def clean_(gallery: Gallery, older_than: float | None, as_json: bool) -> None:
    """Remove the pictures that are older than AGE, and those that the settings do not keep."""
    done = anyio.run(_clean, gallery, older_than)
    click.echo(_json(asdict(done)) if as_json else f"removed {counted(done.pictures)}, {amount(done.bytes)}")


async def _entries(gallery: Gallery, matches: Callable[[Entry], bool] | None) -> list[Entry]:
    entries = [entry async for entry in gallery.collection.all() if matches is None or matches(entry)]
    return sorted(entries, key=lambda entry: (-entry.made, entry.id))


async def _entry(gallery: Gallery, identifier: str) -> Entry:
    wanted = identifier.removeprefix(SCHEME)
    for entry in await _entries(gallery, lambda entry: entry.id == wanted):
        return entry
    raise InvalidArguments("there is no such picture; `toolpost gallery list` names those that are kept")


async def _copied(gallery: Gallery, identifier: str) -> Path:
    """A copy with the ending by which programs know what it is."""
    entry = await _entry(gallery, identifier)
    content = await gallery.collection.content(entry)
    if content is None:
        raise InvalidArguments("that picture has just been removed")
    folder = Path(tempfile.mkdtemp(prefix="toolpost-"))
    path = folder / f"{entry.id}.{entry.format.lower()}"
    await anyio.Path(path).write_bytes(content)
    return path


async def _clean(gallery: Gallery, older_than: float | None) -> Cleaned:
    if older_than is None:
        return await gallery.clean()
    return await clean(gallery.collection, replace(gallery.retention, days=older_than / DAY))


def _table(entries: list[Entry]) -> str:
    if not entries:
        return "no pictures are kept"
    rows = [
        (entry.id, entry.date[:16].replace("T", " "), measures(entry), entry.tool, one_line(entry.prompt, 60))
        for entry in entries
    ]
    head = ("ID", "MADE (UTC)", "PICTURE", "TOOL", "PROMPT")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    return "\n".join("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in (head, *rows))


def _lines(known: dict[str, Any]) -> str:
    shown = {name: value for name, value in known.items() if value not in ("", None, {}, [])}
    return "\n".join(f"{name + ':':12}{one_line(_plain(value), 4_000)}" for name, value in shown.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
