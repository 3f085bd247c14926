"""`toolpost explain`: what a call would pass, without making it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from toolpost.cli.output import as_json


@click.command()
@click.argument("tool")
@click.argument("words", nargs=-1, metavar="[TEXT] [KEY=VALUE]...")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(config: Path | None, tool: str, words: Sequence[str], for_programs: bool) -> None:
    """Show the layers that a call passes, their settings, and what each would do with it.

    Arguments are given as to `toolpost call`. Nothing is called.
    """
    from toolpost.cli.arguments import arguments_of
    from toolpost.config.load import load
    from toolpost.errors import UnknownTool
    from toolpost.explain import account
    from toolpost.plugins.assemble import assemble
    from toolpost.tools.call import ToolCall

    settings = load(config)
    host = assemble(settings)
    if tool not in host.tools:
        raise UnknownTool(host.registry.unknown("tool", tool, host.tools))
    found = account(host, settings, ToolCall(host.tools[tool], arguments_of(host.tools[tool], words)))
    if for_programs:
        as_json(found)
        return
    click.echo(f"{tool}, of plugin {found['plugin']}; layers from the outside in:")
    for layer in found["layers"]:
        says = layer["would"] if layer["applies"] else "does not apply to this tool"
        click.echo(f"  {click.style(layer['name'], bold=True)}: {says}")
        for setting in layer["settings"]:
            click.echo(f"      {setting['key']} = {setting['value']!r}    ({setting['origin']})")
