"""`toolpost config`: the configuration in effect."""

from __future__ import annotations

import os
from pathlib import Path

import click

from toolpost.cli.output import as_json, one_line
from toolpost.config.load import load
from toolpost.config.locate import locate
from toolpost.config.show import toml, whole
from toolpost.config.tables import TABLES
from toolpost.plugins.find import private_fields


@click.group()
def config() -> None:
    """See and check the configuration."""


@config.command()
@click.pass_obj
def path(given: Path | None) -> None:
    """Print which file is in effect.

    The first there is of: --config, TOOLPOST_CONFIG, config.toml in the working directory if it
    has a table of plugins, your own, and the one that came with toolpost.
    """
    click.echo(locate(given, os.environ).absolute())


@config.command()
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(given: Path | None, for_programs: bool) -> None:
    """Print every setting in effect and where it was set; secrets are hidden."""
    settings = whole(load(given), private_fields)
    if for_programs:
        as_json(settings)
        return
    click.echo(f"# {settings['path']}")
    for name in TABLES:
        click.echo(f"\n[{name}]")
        for key, value in settings[name].items():
            click.echo(f"{key} = {toml(value)}")
    for name, table in settings["plugins"].items():
        click.echo(f"\n[plugins.{name}]" + ("" if table["enabled"] else "    # disabled"))
        for setting in table["settings"]:
            click.echo(f"{setting['key']} = {toml(setting['value'])}    # {setting['origin']}")


@config.command()
@click.pass_obj
def check(given: Path | None) -> None:
    """Check the configuration, building every enabled plugin; exit with 2 if anything is wrong.

    That includes what `doctor` finds odd in it, such as rules about tools that are not there.
    """
    from toolpost.cli import fail
    from toolpost.cli.start import start
    from toolpost.doctor.findings import notes, oddities
    from toolpost.doctor.orders import wrong

    settings = load(given)
    host = start(settings)
    registry = host.registry
    if registry.broken:
        fail(f"{settings.path}: these enabled plugins do not start: {', '.join(registry.broken)}")
    if registry.clashes:
        fail(f"{settings.path}: {len(registry.clashes)} tools or prompts have names that another plugin wants")
    if odd := [*wrong([table.name for table in settings.enabled]), *oddities(host, settings)]:
        place = str(settings.path)
        fail("; ".join(text if text.startswith(place) else f"{place}: {text}" for text in dict.fromkeys(odd)))
    for note in notes(host, settings):
        click.echo(f"note: {one_line(note)}", err=True)
    click.echo(f"{settings.path}: {len(settings.enabled)} plugins, {len(registry.owners)} tools, no findings")
