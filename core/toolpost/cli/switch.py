"""What is said after something was enabled or disabled."""

from __future__ import annotations

import click

from toolpost.cli.output import as_json
from toolpost.config.edit import Edited


def report(edited: Edited, kind: str, name: str, on: bool, for_programs: bool) -> None:
    """Say what is so now, and in which file; if that is a new copy, of which."""
    state = "enabled" if on else "disabled"
    if for_programs:
        copied = str(edited.copied_from) if edited.copied_from else None
        facts = {"name": name, "state": state, "changed": edited.changed, "file": str(edited.path)}
        as_json({**facts, "copied_from": copied})
        return
    if edited.copied_from:
        click.echo(f"{edited.copied_from} came with toolpost and stays as it is; your own is {edited.path} from now on")
    already = "" if edited.changed else "already "
    click.echo(f"{kind} {name} is {already}{state} in {edited.path}")
