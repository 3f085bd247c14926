"""`toolpost plugins enable` and `disable`."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.cli.plugins.known import JSON, NAME
from toolpost.cli.plugins.layered import brings_layer, way_to_require
from toolpost.config.edit import edit, switch_plugin
from toolpost.config.load import load
from toolpost.errors import ConfigError, PluginError
from toolpost.folders import Folders
from toolpost.nearest import did_you_mean
from toolpost.packages.lacking import lacking, standing_on
from toolpost.plugins.find import installed
from toolpost.plugins.requirements import conflict
from toolpost.plugins.stuck import Stuck


@click.command()
@NAME
@click.option("--anyway", is_flag=True, help="Even if toolpost then does not start, until what it needs is there.")
@JSON
@click.pass_obj
def enable(config: Path | None, name: str, anyway: bool, for_programs: bool) -> None:
    """Enable the plugin NAME in the configuration file; one that is not listed there yet comes last.

    What it needs is looked for first, in metadata and its source: other plugins, and settings
    without which toolpost would not start.
    """
    found = installed()
    if name not in found:
        raise PluginError(f"plugin {name!r} is not installed; {did_you_mean(name, found)}")
    missing = missing_for(config, name)
    if missing and not anyway:
        raise ConfigError(f"{'; '.join(missing)}; nothing was changed (--anyway enables it all the same)")
    switch(config, name, True, for_programs)
    Stuck(Folders.of_user(config)).forget([name])
    for sentence in missing:
        click.echo(f"but toolpost does not start so: {sentence}", err=True)
    if why := conflict(found[name][0].facts):
        click.echo(f"but it will be skipped: {why}", err=True)


@click.command()
@NAME
@JSON
@click.pass_obj
def disable(config: Path | None, name: str, for_programs: bool) -> None:
    """Disable the plugin NAME in the configuration file; its settings stay there."""
    settings, found = load(config, lenient=True), installed()
    if name not in settings.plugins and name not in found:
        raise PluginError(f"there is no plugin {name!r}; {did_you_mean(name, [*settings.plugins, *found])}")
    refuse_if_required(config, name)
    switch(config, name, False, for_programs)
    for other in standing_on(name, [table.name for table in settings.enabled], found):
        click.echo(
            f"but plugin {other!r} needs it, and toolpost does not start so; run `toolpost plugins disable {other}`",
            err=True,
        )


def missing_for(config: Path | None, name: str) -> list[str]:
    """Sentences on what an installed plugin needs, and the configuration does not have."""
    settings = load(config, lenient=True)
    return [*lacking(name, settings.path, [table.name for table in settings.enabled], installed())]


def refuse_if_required(config: Path | None, name: str) -> None:
    """Raise `ConfigError` for a plugin that toolpost is not to run without."""
    listed = load(config, lenient=True).plugins.get(name)
    if listed is not None and listed.required:
        place = listed.source.at("required")
        raise ConfigError(f"{place}: toolpost is not to run without plugin {name!r}; write required = false first")


def switch(config: Path | None, name: str, on: bool, for_programs: bool = False) -> None:
    """Enable or disable a plugin in the file, and say so."""
    from toolpost.cli.switch import report

    edited = edit(load(config, lenient=True).path, switch_plugin(name, on))
    report(edited, "plugin", name, on, for_programs)
    listed = load(edited.path, lenient=True).plugins.get(name)
    if (listed is not None and listed.enabled) is not on:
        click.echo(f"but a variable TOOLPOST__{name.upper()}__ENABLED says otherwise, and stands above", err=True)
    elif on and not for_programs and listed is not None and not listed.required and brings_layer(name):
        click.echo(f"it has a layer: {way_to_require(name)}", err=True)
