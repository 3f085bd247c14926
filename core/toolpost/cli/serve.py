"""`toolpost serve`: speak MCP on stdin and stdout, or over HTTP."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--backend", type=click.Choice(["asyncio", "trio"]), help="The event loop; by default as configured.")
@click.option("--http", "over_http", is_flag=True, help="Listen for HTTP instead.")
@click.option("--host", help="The address to listen at; by default as configured, 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one. By default 8765.")
@click.option("--path", help="Where MCP is spoken; by default /mcp.")
@click.pass_obj
def serve(
    config: Path | None, backend: str | None, over_http: bool, host: str | None, port: int | None, path: str | None
) -> None:
    """Serve the tools over MCP, on stdin and stdout.

    Clients start this command by themselves: see `toolpost connect`. It ends
    when the client closes its end, at SIGTERM and at Ctrl-C.

    With --http it serves many clients at one address instead, over Streamable
    HTTP, until SIGTERM or Ctrl-C; what plugins serve beside MCP is there too.
    """
    given = {"host": host, "port": port, "path": path}
    if over_http:
        _over_http(config, backend, {key: value for key, value in given.items() if value is not None})
    elif any(value is not None for value in given.values()):
        raise click.UsageError("--host, --port and --path go with --http")
    else:
        _over_stdio(config, backend)


def _over_http(config: Path | None, backend: str | None, given: dict[str, str | int]) -> None:
    from dataclasses import replace
    from importlib.util import find_spec

    from toolpost.config.load import load
    from toolpost.errors import ConfigError
    from toolpost.logs import log_to_stderr

    if backend == "trio":
        raise click.UsageError("HTTP is served on asyncio alone")
    if missing := [name for name in ("fastapi", "httptools", "uvicorn") if find_spec(name) is None]:
        raise ConfigError(f"{missing[0]} is not installed; run `pip install 'toolpost[http]'`")
    settings = load(config)
    if given:
        from toolpost.config.fields import Setting, Source, keyword_arguments
        from toolpost.config.tables import Http

        said = {key: Setting(value, f"--{key}") for key, value in given.items()}
        source = Source(settings.path, "", ("http",))
        settings = replace(settings, http=replace(settings.http, **keyword_arguments(Http, said, source)))
    log_to_stderr(settings)
    from toolpost.http.serve import serve as run

    run(settings, say=lambda text: click.echo(text, err=True))


def _over_stdio(config: Path | None, backend: str | None) -> None:
    # First of all: nothing that a plugin prints, not even while it is imported, may reach the client.
    from toolpost.descriptors import claim

    wire = claim()
    from toolpost.cli.start import loop_of
    from toolpost.config.load import load
    from toolpost.logs import log_to_stderr

    settings = load(config)
    loop = loop_of(settings, backend)
    log_to_stderr(settings)
    from toolpost.server.serve import serve as run

    run(settings, wire, loop)
