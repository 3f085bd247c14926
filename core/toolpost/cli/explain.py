"""`toolpost explain`: what a call would pass, without making it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, one_line


@click.command()
@click.argument("tool")
@click.argument("words", nargs=-1, metavar="[TEXT] [KEY=VALUE]...")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(config: Path | None, tool: str, words: Sequence[str], for_programs: bool) -> None:
    """Show the layers that a call passes, their settings, and what each would do with it.

    Arguments are given as to `toolpost call`. Nothing is called.

    \b
    toolpost explain chat "My card is 4111 1111 1111 1111"
    """
    from toolpost.cli.arguments import arguments_of
    from toolpost.cli.start import plugins_on_stderr, start
    from toolpost.config.load import load
    from toolpost.errors import UnknownTool
    from toolpost.explain import account
    from toolpost.tools.call import ToolCall

    settings = load(config)
    host = start(settings)
    if tool not in host.tools:
        raise UnknownTool.among("tool", tool, host.tools)
    call = ToolCall(host.tools[tool], arguments_of(host.tools[tool], words))
    with plugins_on_stderr():
        found = account(host, settings, call)
    as_json(found) if for_programs else _print(found)


def _print(found: Mapping[str, Any]) -> None:
    from toolpost.config.show import toml

    click.echo(f"{found['tool']}, of plugin {found['plugin']}; layers from the outside in:")
    for layer in found["layers"]:
        says = layer["would"] if layer["applies"] else "does not apply to this tool"
        click.echo(f"  {click.style(layer['name'], bold=True)}: {one_line(says)}")
        for setting in layer["settings"]:
            click.echo(f"      {setting['key']} = {toml(setting['value'])}    ({setting['origin']})")
