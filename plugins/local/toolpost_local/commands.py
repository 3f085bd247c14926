"""The commands `toolpost local fetch` and `toolpost local status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from toolpost_local.plugin import Local


def group(local: Local) -> click.Group:
    """The commands of one configured plugin."""

    @click.group("local")
    def commands() -> None:
        """The model on this machine that answers without an API key."""

    @commands.command()
    def fetch() -> None:
        """Fetch the embedded model now, so that the first call need not wait."""
        click.echo(_fetched(local))

    @commands.command()
    def status() -> None:
        """Say which model is used, and whether it is there."""
        click.echo(_status(local))

    return commands


def _fetched(local: Local) -> str:
    import anyio

    from toolpost import ToolError

    try:
        return str(anyio.run(local.fetch))
    except ToolError as error:
        raise click.ClickException(str(error)) from error


def _status(local: Local) -> str:
    path = local.path
    if path.exists():
        return f"{path} ({path.stat().st_size / 1e6:.0f} MB)"
    if local.model:
        return f"{path} is missing; set [plugins.local] model to a GGUF that exists"
    return f"{path} is not fetched yet; `toolpost local fetch` does it, and so does the first call"
