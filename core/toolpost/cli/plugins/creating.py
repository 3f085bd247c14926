"""`toolpost plugins new`: a plugin to start with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Literal, cast

import click

from toolpost.cli.output import as_json
from toolpost.cli.plugins.layered import way_to_require

KINDS = ("tool", "layer", "both")


@click.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default="tool", show_default=True, help="What it brings.")
@click.option("--path", type=click.Path(path_type=Path), default=Path(), help="The folder to make it in.")
@click.option(
    "--license",
    "license_",
    type=click.Choice(["MIT", "none"]),
    default="MIT",
    show_default=True,
    help="The licence file to write.",
)
@click.option("--author", default="", help="By default as git knows you.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def new(name: str, kind: str, path: Path, license_: str, author: str, for_programs: bool) -> None:
    """Write a small plugin NAME, with tests, that passes `toolpost plugins check` at once."""
    from toolpost.scaffold.writing import Scaffold, write

    wanted = Scaffold(name, cast(Literal["tool", "layer", "both"], kind), author, license_)
    folder = write(wanted, path)
    # `install` and `check` read folders, and a bare word would be a name of the index.
    place = shlex.quote(str(folder) if folder.is_absolute() else f"./{folder}")
    steps = [
        f"toolpost plugins install --editable {place}",
        f"toolpost plugins check {place}",
        f"toolpost plugins enable {wanted.plugin}",
    ]
    if for_programs:
        as_json({"folder": str(folder), "plugin": wanted.plugin, "distribution": wanted.distribution, "next": steps})
        return
    click.echo(f"wrote {wanted.distribution} to {folder}; next:")
    click.echo("\n".join(f"  {step}" for step in steps))
    if kind != "tool":
        click.echo(f"It has a layer: {way_to_require(wanted.plugin)}.")
