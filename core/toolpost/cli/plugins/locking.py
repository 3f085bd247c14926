"""`toolpost plugins freeze` and `restore`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from toolpost.cli.output import one_line
from toolpost.cli.plugins.changing import DRY_RUN, RESTART, YES, agreed, announce, carry_out, say_changes
from toolpost.cli.plugins.recording import record_of
from toolpost.cli.plugins.switching import switch
from toolpost.config.edit import replace
from toolpost.folders import Folders
from toolpost.packages.choice import hashes_of, installer_of
from toolpost.packages.environment import Environment
from toolpost.packages.freezing import freeze as frozen
from toolpost.packages.listed import Listed
from toolpost.packages.lock import NAME, Lock
from toolpost.packages.restoring import Difference
from toolpost.packages.snapshot import Snapshot
from toolpost.plugins.names import came_with_toolpost

PIPX = "pipx does not list what comes from a lock; after `pipx reinstall`, restore once more"
FILE = click.argument("file", required=False, type=click.Path(path_type=Path))


@click.command()
@FILE
@click.pass_obj
def freeze(config: Path | None, file: Path | None) -> None:
    """Write a lock: toolpost, its plugins and what they require, with versions and hashes.

    FILE is plugins.lock.toml in your configuration folder if it is not given; `-` prints the lock.
    """
    listed = Listed.read(config)
    lock = frozen(listed.enabled, hashes_of(Environment.here()))
    if file == Path("-"):
        click.echo(lock.text(), nl=False)
        return
    path = file or _place()
    replace(path, lock.text())
    without = [one.name for one in lock.distributions.values() if not one.hashes]
    click.echo(f"{path}: {len(lock.distributions)} distributions, {len(lock.enabled)} plugins enabled")
    if without:
        click.echo(f"without a hash, since no index has them or they are folders: {', '.join(without)}", err=True)


@click.command()
@FILE
@YES
@DRY_RUN
@click.pass_obj
def restore(config: Path | None, file: Path | None, yes: bool, dry_run: bool) -> None:
    """Bring back what a lock says; the difference is shown first.

    Distributions whose hash is in FILE are installed only if it is right. What
    the lock does not name stays installed. Settings are not in a lock.
    """
    lock, here, environment = Lock.read(file or _place()), Snapshot.take(), Environment.here()
    difference = Difference.between(lock, here, Listed.read(config).enabled)
    if difference.is_none:
        click.echo(f"nothing differs from {file or _place()}")
        return
    for line in difference.lines:
        click.echo(one_line(line))
    for note in difference.notes:
        click.echo(f"note: {one_line(note)}", err=True)
    with tempfile.TemporaryDirectory(prefix="toolpost-") as folder:
        _bring_back(config, difference, environment, Path(folder), yes, dry_run)


def _bring_back(
    config: Path | None, difference: Difference, environment: Environment, folder: Path, yes: bool, dry_run: bool
) -> None:
    commands = difference.commands(lambda: installer_of(environment), folder, came_with_toolpost)
    announce(environment, commands)
    if environment.kind == "pipx" and commands:
        click.echo(f"note: {PIPX}", err=True)
    if dry_run:
        return
    agreed("Restore?", yes)
    before, after, said = carry_out(commands)
    say_changes(before)
    record_of(config).installed([], before, after, [("toolpost", "plugins", "restore")], said)
    for name in difference.enable:
        switch(config, name, True)
    for name in difference.disable:
        switch(config, name, False)
    click.echo(RESTART)


def _place() -> Path:
    return Folders.of_user().config / NAME
