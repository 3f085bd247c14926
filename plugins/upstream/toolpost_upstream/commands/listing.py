"""`toolpost upstream list`: what is configured, and how it stands in a toolpost that runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from toolpost import Folders
from toolpost.kit import Ailing, as_json, one_line, running, table, told
from toolpost_upstream.commands.showing import row
from toolpost_upstream.life.state import part
from toolpost_upstream.servers.foreign import Gathered
from toolpost_upstream.servers.server import Server

HEAD = ("NAME", "STATE", "TRANSPORT", "FROM", "AT")


def show(gathered: Gathered, states: Mapping[str, Ailing] | None, for_programs: bool) -> None:
    """Print the servers and how they stand, and what should be known of those that are left out."""
    rows = [{**row(server), **_state(server, states)} for server in gathered.servers]
    if for_programs:
        as_json({"servers": rows, "notes": list(gathered.notes)})
        return
    if rows:
        table(HEAD, [tuple(one[key] for key in ("name", "state", "transport", "from", "at")) for one in rows])
    else:
        click.echo("no servers are configured; `toolpost upstream add` or `import` brings some")
    for one in rows:
        if one["why"]:
            click.echo(f"{one['name']}: {one_line(one['why'])}", err=True)
    tell(gathered.notes)


def states(folders: Folders, configuration: Path) -> Mapping[str, Ailing] | None:
    """What ails in the hosts that run with this configuration; None where none does."""
    hosts = [one for one in running(folders) if Path(one.config) == configuration.absolute()]
    return {part.plugin: part for host in hosts for part in told(folders, host.pid)} if hosts else None


def tell(notes: tuple[str, ...]) -> None:
    """Say on stderr what a person should know."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _state(server: Server, ailing: Mapping[str, Ailing] | None) -> dict[str, str]:
    """As it stands in a host that runs, else as it is configured."""
    if not server.enabled or ailing is None:
        return {"state": "enabled" if server.enabled else "disabled", "why": ""}
    found = ailing.get(part(server.name))
    return {"state": found.state if found else "up", "why": found.why if found else ""}
