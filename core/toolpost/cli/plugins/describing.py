"""`toolpost plugins manifest`."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.errors import PluginError


@click.command()
@click.argument("subject", default=".", metavar="[DIST|PATH]")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it; `-` prints it.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the file is not what it should be.")
@click.pass_obj
def manifest(config: Path | None, subject: str, output: Path | None, check: bool) -> None:
    """Write the static manifest of a distribution: what its plugins contribute.

    For authors. `toolpost plugins list` and `show` read it, and import nothing.
    The plugins of DIST, or of the project in the folder PATH (by default this
    one), are built in a process of their own, with their defaults (or as `--config FILE` sets them).
    The manifest, toolpost.json, lies in the package, or beside a plugin that
    is a single module.
    """
    from toolpost.cli import fail
    from toolpost.config.edit import replace
    from toolpost.packages.describe import describe
    from toolpost.packages.manifest import sketch, written
    from toolpost.packages.subject import Subject

    found = Subject.of(subject)
    plugins = describe(found, config)
    text = written(plugins)
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    place = output or found.place
    if check:
        if not place.is_file() or place.read_text("utf-8") != text:
            fail(f"{place} is not what {found.name} offers; run `toolpost plugins manifest {subject}`", 1)
        return
    replace(place, text)
    if not plugins:
        raise PluginError(f"{subject!r} brings no plugins")
    for name, said in plugins.items():
        click.echo(f"{name}: {sketch(said)}")
    click.echo(f"written to {place}")
