"""`toolpost plugins install` and `upgrade`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from toolpost.cli.output import one_line
from toolpost.cli.plugins.changing import DRY_RUN, RESTART, YES, agreed, announce, carry_out, say_changes
from toolpost.cli.plugins.recording import record_of
from toolpost.cli.plugins.switching import missing_for, switch
from toolpost.errors import PluginError
from toolpost.packages.choice import installer_of
from toolpost.packages.environment import Environment
from toolpost.packages.listed import Listed
from toolpost.packages.manifest import manifest_of, sketch
from toolpost.packages.requirement import Requirement
from toolpost.packages.snapshot import Snapshot, origin_of
from toolpost.plugins.distribution import normal
from toolpost.plugins.names import came_with_toolpost
from toolpost.plugins.requirements import conflict

ENABLE = click.option("--enable", is_flag=True, help="Enable the new plugins at once.")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--editable", "-e", is_flag=True, help="NAME is the folder of a project, to be used in place.")
@ENABLE
@YES
@DRY_RUN
@click.pass_obj
def install(config: Path | None, names: Sequence[str], editable: bool, enable: bool, yes: bool, dry_run: bool) -> None:
    """Install distributions with plugins into the environment that toolpost runs in.

    NAME is a distribution of the index that pip or uv is configured for
    (weather, weather==1.2, weather[maps]), a wheel, a folder, a URL or a
    repository (git+https://…). The command is shown first, and asked about.
    What is new runs only once it is enabled.
    """
    wanted = [Requirement.of(name, editable=editable) for name in names]
    environment = Environment.here()
    commands = installer_of(environment).install(wanted)
    announce(environment, commands)
    if dry_run:
        return
    agreed("Install?", yes)
    before, after, said = carry_out(commands)
    changed = say_changes(before)
    record_of(config).installed(wanted, before, after, commands, said)
    asked = [plugin for one in wanted for plugin in after.brought(one.name)]
    if not changed and not asked:
        click.echo("no version changed: what was named was installed anew")
        click.echo("a server that runs has the old code until it is started again")
        return
    _introduce(config, list(dict.fromkeys([*asked, *after.fresh(before)])), after, enable)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@YES
@DRY_RUN
@click.pass_obj
def upgrade(config: Path | None, names: Sequence[str], yes: bool, dry_run: bool) -> None:
    """Upgrade the distributions or plugins NAME; without any, all that did not come with toolpost."""
    here, environment = Snapshot.take(), Environment.here()
    wanted = [_newest(name) for name in _distributions(names, here)]
    if not wanted:
        click.echo("there is no plugin but those that came with toolpost, which are upgraded with it")
        return
    commands = installer_of(environment).install(wanted, upgrade=True)
    announce(environment, commands)
    if dry_run:
        return
    agreed("Upgrade?", yes)
    before, after, said = carry_out(commands)
    if not say_changes(before):
        click.echo("there is nothing newer")
        return
    record_of(config).installed(wanted, before, after, commands, said)
    if fresh := after.fresh(before):
        _introduce(config, fresh, after, enable=False)
    click.echo(RESTART)


def _distributions(names: Sequence[str], here: Snapshot) -> list[str]:
    """Distributions by what a person called them, which may be their plugins."""
    if not names:
        others = [name for name in here.plugins if not came_with_toolpost(name)]
        return list(dict.fromkeys(normal(claim.facts.name) for name in others for claim in here.plugins[name]))
    found = [here.distribution(name) for name in names]
    if "toolpost" in found:
        raise PluginError("toolpost itself is not upgraded from within; run pip, uv or pipx as you installed it")
    return list(dict.fromkeys(found))


def _newest(name: str) -> Requirement:
    """What to ask for to have a newer one: from where it was installed."""
    came = origin_of(name)
    return Requirement.of_direct_url(name, came) if came else Requirement(name, name)


def _introduce(config: Path | None, names: Sequence[str], after: Snapshot, enable: bool) -> None:
    """Say what each new plugin is and brings, and that it does not run yet."""
    if not names:
        click.echo("no new plugin came with it: it was there, or has no entry points of the group toolpost")
    for name in names:
        claim = after.plugins[name][-1]
        said = manifest_of(claim)
        brings = sketch(said) if said is not None else f"its entry point is {claim.entry_point.value}"
        click.echo(one_line(f"plugin {name} ({claim.distribution}): {claim.summary or 'it does not say what it is'}"))
        click.echo(one_line(f"  {brings}"))
        _warn(name, after)
    resting = [name for name in names if not Listed.read(config).plugins.get(name)]
    if resting and not enable and not _wants_them(resting):
        click.echo(f"It runs only once enabled: {', '.join(f'`toolpost plugins enable {name}`' for name in resting)}")
    elif resting:
        for name in resting:
            _enable(config, name)
        click.echo(RESTART)


def _enable(config: Path | None, name: str) -> None:
    """Enable a plugin, unless toolpost would not start then."""
    if missing := missing_for(config, name):
        click.echo(one_line(f"plugin {name} is not enabled yet: {'; '.join(missing)}"), err=True)
    else:
        switch(config, name, True)


def _warn(name: str, after: Snapshot) -> None:
    claims = after.plugins[name]
    if len(claims) > 1:
        both = " and ".join(claim.distribution for claim in claims)
        click.echo(f"  {both} both call a plugin {name!r}: it cannot run until one of them is uninstalled", err=True)
    elif why := conflict(claims[0].facts):
        click.echo(f"  it cannot run as it is: {why}", err=True)


def _wants_them(names: Sequence[str]) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(f"Enable {', '.join(names)} now?", default=False, err=True)
