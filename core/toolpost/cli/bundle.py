"""`toolpost bundle`: a file that installs toolpost in Claude Desktop."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from toolpost.cli.output import as_json
from toolpost.errors import ConfigError
from toolpost.whole import write_whole


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("toolpost.mcpb"),
    show_default=True,
    help="The file to write.",
)
@click.option("--plugin", "plugins", multiple=True, metavar="NAME", help="A plugin to add; may be given several times.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def bundle(config: Path | None, output: Path, plugins: tuple[str, ...], for_programs: bool) -> None:
    """Write a .mcpb file, which Claude Desktop installs when it is opened.

    It holds the configuration that comes with toolpost, or the one of --config, and names the
    versions that are installed here; distributions that are on no index come along as wheels.
    Claude Desktop asks for the key to OpenAI, and fetches the rest with uv at the first start.

    \b
    toolpost bundle
    toolpost bundle --plugin weather --output weather.mcpb
    """
    from toolpost.bundling.packing import bundle as bundled

    made = bundled(config, plugins)
    _write(output, made.content)
    if for_programs:
        as_json({"file": str(output), "plugins": made.plugins, "tools": made.tools, "wheels": made.wheels})
        return
    size = f"{len(made.content) / 1e6:.1f} MB"
    click.echo(f"wrote {output} ({size}) with {len(made.plugins)} plugins and {len(made.tools)} tools")
    if made.wheels:
        click.echo(
            f"{len(made.wheels)} distributions come along as wheels, since they were not installed from an index"
        )
    if config is None and (left_out := _left_out(made.plugins)):
        click.echo(f"not in it: {', '.join(left_out)}; add --plugin NAME")
    click.echo("open it with Claude Desktop")


def _left_out(bundled: Collection[str]) -> list[str]:
    """The plugins that are enabled here, and that the shipped configuration does not have."""
    from toolpost.config.load import load
    from toolpost.plugins.find import installed

    try:
        enabled = load(None, lenient=True).enabled
    except ConfigError:
        return []
    return [table.name for table in enabled if table.name not in bundled and table.name in installed()]


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content, 0o644)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from None
