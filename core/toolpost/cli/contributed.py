"""Commands that plugins bring along; looked up only when a name is none of ours."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.config.load import load
from toolpost.plugins.assemble import assemble


def add_commands(cli: click.Group, config: Path | None) -> None:
    """Ask every enabled plugin for its commands."""
    host = assemble(load(config))
    before = dict(cli.commands)
    host.registry.commands(cli)
    cli.commands.update(before)  # a plugin adds commands, it does not replace them
