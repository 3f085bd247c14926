"""`toolpost plugins uninstall`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from toolpost.cli.output import one_line
from toolpost.cli.plugins.changing import DRY_RUN, RESTART, YES, agreed, announce, carry_out, say_changes
from toolpost.cli.plugins.purging import purged
from toolpost.cli.plugins.recording import record_of
from toolpost.cli.plugins.switching import refuse_if_required, switch
from toolpost.errors import PluginError
from toolpost.packages.choice import installer_of
from toolpost.packages.environment import Environment
from toolpost.packages.freezing import needed_by
from toolpost.packages.listed import Listed
from toolpost.packages.snapshot import Snapshot


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--purge", is_flag=True, help="Remove their settings, and what they kept in the store, as well.")
@YES
@DRY_RUN
@click.pass_obj
def uninstall(config: Path | None, names: Sequence[str], purge: bool, yes: bool, dry_run: bool) -> None:
    """Uninstall the distributions or plugins NAME; they are disabled in the configuration first.

    A distribution goes as a whole, with every plugin in it. What it required stays, and so do
    settings and state, for whoever installs it again: --purge removes those.
    """
    here, environment, listed = Snapshot.take(), Environment.here(), Listed.read(config)
    going = list(dict.fromkeys(here.distribution(name) for name in names))
    _refuse_if_needed(going, here)
    plugins = [plugin for name in going for plugin in here.brought(name)]
    enabled = [plugin for plugin in plugins if listed.plugins.get(plugin)]
    for plugin in enabled:
        refuse_if_required(config, plugin)
    commands = installer_of(environment).uninstall(going)
    for line in _going(going, here, enabled, purge):
        click.echo(one_line(line), err=True)
    announce(environment, commands)
    if dry_run:
        return
    agreed("Disable and uninstall?" if enabled else "Uninstall?", yes)
    for plugin in enabled:
        switch(config, plugin, False)
    try:
        before, _, _ = carry_out(commands)
    except SystemExit:
        for plugin in enabled:
            switch(config, plugin, True)
        raise
    say_changes(before)
    record_of(config).record.forget(going)
    if purge:
        for line in purged(config, plugins):
            click.echo(one_line(line))
    click.echo(RESTART)


def _refuse_if_needed(going: Sequence[str], here: Snapshot) -> None:
    if "toolpost" in going:
        raise PluginError("what is in toolpost itself cannot be uninstalled alone; `toolpost plugins disable` rests it")
    for name in going:
        if others := [other for other in needed_by(name) if other not in going]:
            named = ", ".join(f"{here.packages[other].name} {here.packages[other].version}" for other in others)
            raise PluginError(f"{name} is required by {named}; uninstall that too, or disable the plugin")


def _going(going: Sequence[str], here: Snapshot, enabled: Sequence[str], purge: bool) -> Iterator[str]:
    for name in going:
        brought = here.brought(name)
        facts = here.packages[name]
        yield f"{facts.name} {facts.version} goes, with " + (f"plugin {', '.join(brought)}" if brought else "no plugin")
    if enabled:
        yield f"first disabled in the configuration: {', '.join(enabled)}"
    if any(here.brought(name) for name in going):
        yield "settings and state go, too" if purge else "settings and state stay; --purge removes them, too"
