"""`toolpost config`: the configuration in effect."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.cli.output import as_json
from toolpost.config.load import load
from toolpost.config.locate import locate
from toolpost.config.show import whole


@click.group()
def config() -> None:
    """See and check the configuration."""


@config.command()
@click.pass_obj
def path(given: Path | None) -> None:
    """Print which file is in effect."""
    import os

    click.echo(locate(given, os.environ))


@config.command()
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(given: Path | None, for_programs: bool) -> None:
    """Print every setting in effect and where it was set; secrets are hidden."""
    settings = whole(load(given))
    if for_programs:
        as_json(settings)
        return
    click.echo(f"# {settings['path']}")
    for name in ("server", "tools"):
        click.echo(f"\n[{name}]")
        for key, value in settings[name].items():
            click.echo(f"{key} = {value!r}")
    for name, table in settings["plugins"].items():
        click.echo(f"\n[plugins.{name}]" + ("" if table["enabled"] else "    # disabled"))
        for setting in table["settings"]:
            click.echo(f"{setting['key']} = {setting['value']!r}    # {setting['origin']}")


@config.command()
@click.pass_obj
def check(given: Path | None) -> None:
    """Check the configuration, building every enabled plugin; exit with 2 if anything is wrong."""
    from toolpost.cli import fail
    from toolpost.plugins.assemble import assemble

    settings = load(given)
    host = assemble(settings)
    for name, reason in host.registry.broken.items():
        click.echo(f"plugin {name}: {reason}", err=True)
    if host.registry.broken:
        fail(f"{settings.path}: {len(host.registry.broken)} of the enabled plugins do not start")
    click.echo(f"{settings.path}: {len(settings.enabled)} plugins, {len(host.tools)} tools, no findings")
