"""`toolpost serve`: speak MCP on stdin and stdout."""

from __future__ import annotations

import logging
from pathlib import Path

import click


@click.command()
@click.option("--backend", type=click.Choice(["asyncio", "trio"]), help="The event loop; by default as configured.")
@click.pass_obj
def serve(config: Path | None, backend: str | None) -> None:
    """Serve the tools over MCP, on stdin and stdout.

    Clients start this command by themselves: see `toolpost connect`. It ends
    when the client closes its end, at SIGTERM and at Ctrl-C.
    """
    # First of all: nothing that a plugin prints, not even while it is imported, may reach the client.
    from toolpost.descriptors import claim

    wire = claim()
    from toolpost.config.load import load

    settings = load(config)
    logging.basicConfig(level=settings.server.log_level, format="toolpost: %(levelname)s: %(message)s")
    from toolpost.plugins.assemble import assemble
    from toolpost.server.serve import serve as run

    run(assemble(settings), wire, settings, backend or settings.server.backend)
