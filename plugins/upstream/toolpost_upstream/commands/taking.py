"""`toolpost upstream import`: said, and done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from toolpost import ConfigError, did_you_mean
from toolpost.kit import Leaving, leaving, one_line
from toolpost_upstream.commands.importing import Import, imports
from toolpost_upstream.commands.showing import reached_at
from toolpost_upstream.commands.writing import configuration, report, write
from toolpost_upstream.servers.files import file_of, group_of
from toolpost_upstream.servers.server import Server


def take_over(
    file: str,
    taken: Mapping[str, Server],
    config: Path | None,
    *,
    only: Sequence[str],
    variables: bool,
    replace: bool,
    take_out: bool,
    dry_run: bool,
) -> None:
    """Write the servers of a file into the configuration, or say what would be written; with `take_out`, move them.

    Raises:
        ConfigError: the file has no servers, or none of a name that is wanted; or they cannot be taken out of it.
    """
    path = configuration(config)
    source = file_of(file)
    found = _wanted(imports(source, taken, path, variables=variables, replace=replace), only)
    chosen = {one.name: one.raw for one in found if one.raw is not None}
    for one in found:
        _say(one)
    # Before anything is written: what cannot be done whole is not begun.
    left = _leaving(source, found) if take_out and chosen else None
    if dry_run or not chosen:
        taken_out = f", and taken out of {source}" if left else ""
        click.echo(
            f"{len(chosen)} of {len(found)} servers would be written into your configuration{taken_out}; "
            "nothing is changed"
        )
        return
    edited = write(path, chosen)
    report(edited)
    click.echo(f"{len(chosen)} of {len(found)} servers are in {edited.path}; `toolpost upstream check` tries them")
    click.echo(_still(source) if left is None else _moved(source, left.write()), err=True)


def _leaving(source: Path, found: Iterable[Import]) -> Leaving:
    """The file without what is taken over; toolpost itself and what is left out stay in it."""
    group = group_of(source)
    if len(group) != 1:
        raise ConfigError(f"{source}: its servers stand deep in other settings; take them out by hand")
    return leaving(source, group[0], {one.given: one.entry for one in found if one.raw is not None})


def _still(source: Path) -> str:
    return (
        f"{source} still has them, so that its program goes on starting them itself; --take-out takes them out "
        "there, and `toolpost connect` puts toolpost in their place"
    )


def _moved(source: Path, kept: Path) -> str:
    return (
        f"{source} has them no more; {kept} is that file as it was, with what secrets it has. `toolpost connect` puts "
        "toolpost in their place; then restart that program"
    )


def _wanted(found: list[Import], only: Sequence[str]) -> list[Import]:
    names = [one.name for one in found]
    for name in only:
        if name not in names:
            raise ConfigError(f"--only: the file has no server {name[:64]!r}; {did_you_mean(name[:64], names)}")
    return [one for one in found if not only or one.name in only]


def _say(one: Import) -> None:
    if one.raw is None:
        click.echo(f"- {one.name}: left out: {one_line(one.notes[0])}")
        return
    off = ", disabled" if one.raw.get("enabled") is False else ""
    click.echo(f"+ {one.name}: {one_line(reached_at(_sketch(one.name, one.raw)))}{off}")
    for note in one.notes:
        click.echo(f"  note: {one_line(note)}")


def _sketch(name: str, raw: Mapping[str, Any]) -> Server:
    return Server(
        name, "stdio", command=raw.get("command", ""), args=tuple(raw.get("args", ())), url=raw.get("url", "")
    )
