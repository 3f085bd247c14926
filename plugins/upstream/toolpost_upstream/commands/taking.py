"""`toolpost upstream import`: said, and done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from toolpost import ConfigError, did_you_mean
from toolpost.kit import one_line
from toolpost_upstream.commands.importing import Import, imports
from toolpost_upstream.commands.showing import reached_at
from toolpost_upstream.commands.writing import configuration, report, write
from toolpost_upstream.servers.files import file_of
from toolpost_upstream.servers.server import Server


def take_over(
    file: str,
    taken: Mapping[str, Server],
    config: Path | None,
    *,
    only: Sequence[str],
    variables: bool,
    replace: bool,
    dry_run: bool,
) -> None:
    """Write the servers of a file into the configuration, or say what would be written.

    Raises:
        ConfigError: the file has no servers, or none of a name that is wanted.
    """
    path = configuration(config)
    source = file_of(file)
    found = _wanted(imports(source, taken, path, variables=variables, replace=replace), only)
    chosen = {one.name: one.raw for one in found if one.raw is not None}
    for one in found:
        _say(one)
    if dry_run or not chosen:
        click.echo(
            f"{len(chosen)} of {len(found)} servers would be written into your configuration; nothing is changed"
        )
        return
    edited = write(path, chosen)
    report(edited)
    click.echo(f"{len(chosen)} of {len(found)} servers are in {edited.path}; `toolpost upstream check` tries them")
    click.echo(
        f"{source} still has them, so that its program goes on starting them itself; take them out there, and "
        "`toolpost connect` puts toolpost in their place",
        err=True,
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
