"""`toolpost upstream list`: what is configured."""

from __future__ import annotations

import click

from toolpost.kit import as_json, table
from toolpost_upstream.commands.showing import row
from toolpost_upstream.servers.foreign import Gathered

HEAD = ("NAME", "STATE", "TRANSPORT", "FROM", "AT")


def show(gathered: Gathered, for_programs: bool) -> None:
    """Print the servers, and what should be known of those that are left out."""
    rows = [row(server) for server in gathered.servers]
    if for_programs:
        as_json({"servers": rows, "notes": list(gathered.notes)})
        return
    if rows:
        table(HEAD, [(one["name"], _state(one["enabled"]), one["transport"], one["from"], one["at"]) for one in rows])
    else:
        click.echo("no servers are configured; `toolpost upstream add` or `import` brings some")
    tell(gathered.notes)


def tell(notes: tuple[str, ...]) -> None:
    """Say on stderr what a person should know."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _state(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"
