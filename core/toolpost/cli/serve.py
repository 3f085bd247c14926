"""`toolpost serve`: speak MCP on stdin and stdout."""

from __future__ import annotations

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
    from toolpost.cli.logs import log_to_stderr
    from toolpost.cli.start import loop_of
    from toolpost.config.load import load

    settings = load(config)
    loop = loop_of(settings, backend)
    log_to_stderr(settings)
    from toolpost.server.serve import serve as run

    run(settings, wire, loop)
