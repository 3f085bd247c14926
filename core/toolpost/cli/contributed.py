"""Commands that plugins bring along; looked up only when a name is none of ours."""

from __future__ import annotations

from pathlib import Path

import click

from toolpost.cli.start import plugins_on_stderr, start
from toolpost.config.load import load


def add_commands(cli: click.Group, config: Path | None) -> None:
    """Ask every enabled plugin for its commands."""
    host = start(load(config))
    before = dict(cli.commands)
    with plugins_on_stderr():
        host.registry.commands(cli)
    cli.commands.update(before)  # a plugin adds commands, it does not replace them
