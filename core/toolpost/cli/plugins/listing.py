"""`toolpost plugins list`."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.cli.output import as_json, table
from toolpost.cli.plugins.known import JSON, Known
from toolpost.packages.listed import Listed


@click.command("list")
@JSON
@click.pass_obj
def list_(config: Path | None, for_programs: bool) -> None:
    """List the plugins, installed or configured, and the state of each.

    A plugin is enabled or disabled by the configuration, or available: installed, and not
    configured. One that is enabled may be skipped, with the reason, and one that is configured missing.
    A server that runs may have paused one whose calls crashed, or its process may be down.
    """
    known = Known(Listed.read(config))
    rows = [known.facts(name) for name in known.names]
    if for_programs:
        as_json(rows)
        return
    head = ("PLUGIN", "STATE", "DISTRIBUTION", "WHAT IT IS")
    table(
        head, [(row["name"], row["state"], row["distribution"] or "-", row["reason"] or row["summary"]) for row in rows]
    )
