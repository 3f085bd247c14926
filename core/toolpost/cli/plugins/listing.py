"""`toolpost plugins list`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, table
from toolpost.cli.plugins.known import JSON, Known
from toolpost.packages.listed import Listed

# How modules begin the sentence about the plugin in them.
OWN_NAME = re.compile(r"^(?:the|toolpost)(?: (?:plugin|layer))? `\w+`(?: (?:plugin|layer))?: ", re.IGNORECASE)


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
    table(head, [(row["name"], row["state"], row["distribution"] or "-", _said(row)) for row in rows])


def _said(row: Mapping[str, Any]) -> str:
    """Why a plugin does not run, or what it says of itself, without its name, which stands before it."""
    if row["reason"]:
        return str(row["reason"])
    said = OWN_NAME.sub("", row["summary"])
    return f"{said[:1].upper()}{said[1:]}"
