"""What every command that changes the environment does: show it, ask, run it, and say what is so then."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from toolpost.cli import INTERRUPTED, fail
from toolpost.cli.output import one_line
from toolpost.errors import PluginError
from toolpost.packages.environment import Environment
from toolpost.packages.installers import Command
from toolpost.packages.running import run, shown
from toolpost.packages.snapshot import Snapshot

YES = click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would be run, and end.")
FAILED, DECLINED = 1, 1
RESTART = "A toolpost that is running goes on with what it has: restart it, and the application that it serves."


def announce(environment: Environment, commands: Sequence[Command]) -> None:
    """Show the exact commands, and what to know before they run."""
    for command in commands:
        click.echo(f"$ {one_line(shown(command))}", err=True)
    for caution in environment.cautions:
        click.echo(f"note: {one_line(caution)}", err=True)


def agreed(question: str, yes: bool) -> None:
    """Go on only if a person says yes.

    Raises:
        PluginError: there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise PluginError("this asks before it changes anything, and stdin is no terminal; add --yes")
    if not click.confirm(question, err=True):
        fail("nothing was changed", DECLINED)


def carry_out(commands: Sequence[Command]) -> tuple[Snapshot, Snapshot, list[str]]:
    """Run commands; answers with what was installed before and after, and with what they said."""
    before = Snapshot.take()
    said: list[str] = []
    try:
        for command in commands:
            said += run(command)
    except PluginError as error:
        for note in getattr(error, "__notes__", ()):
            click.echo(note, err=True)
        say_changes(before)
        fail(str(error), FAILED)
    except KeyboardInterrupt:
        changed = say_changes(before)
        state = "run it again to have all of it" if changed else "nothing was changed"
        fail(f"interrupted; {state}", INTERRUPTED)
    return before, Snapshot.take(), said


def say_changes(before: Snapshot) -> bool:
    """Say what has changed since; answers whether anything has."""
    changes = [*Snapshot.take().changes(before)]
    for change in changes:
        click.echo(one_line(change))
    return bool(changes)
