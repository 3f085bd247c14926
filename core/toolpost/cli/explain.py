"""`toolpost explain`: what a call would pass, without making it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from toolpost.cli.output import as_json, one_line

if TYPE_CHECKING:
    from toolpost.config.load import Config
    from toolpost.errors import UnknownTool
    from toolpost.host import Host
    from toolpost.tools.context import Context

SURFACES = "mcp, http, cli or python"


@click.command()
@click.argument("name", metavar="TOOL")
@click.argument("words", nargs=-1, metavar="[TEXT] [KEY=VALUE]...")
@click.option("--resource", "kind", flag_value="resource", help="TOOL is the address of a resource.")
@click.option("--prompt", "kind", flag_value="prompt", help="TOOL is the name of a prompt.")
@click.option("--principal", default="local", show_default=True, help="Who would call.")
@click.option("--surface", default="cli", show_default=True, help=f"Through what, such as {SURFACES}.")
@click.option("--all", "everything", is_flag=True, help="Print settings that are as by default, too.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(
    config: Path | None,
    name: str,
    words: Sequence[str],
    kind: str | None,
    principal: str,
    surface: str,
    everything: bool,
    for_programs: bool,
) -> None:
    """Show the layers that a call passes, the settings that were changed, and what each would do with it.

    Arguments are given as to `toolpost call`. Nothing is called.

    \b
    toolpost explain chat "My card is 4111 1111 1111 1111"
    toolpost explain write_file path=/tmp/x --principal ann --surface http
    toolpost explain --resource gallery://images
    """
    from toolpost.config.load import load
    from toolpost.tools.context import Context

    found = _found(load(config), name, words, kind or "tool", Context(principal=principal, surface=surface))
    if for_programs:
        as_json(found)
    else:
        click.echo("\n".join(_lines(found, everything)))


def _found(config: Config, name: str, words: Sequence[str], kind: str, context: Context) -> dict[str, Any]:
    """What the layers would do with a call of something that has this name."""
    from toolpost.cli.arguments import arguments_of
    from toolpost.cli.opened import looked_up
    from toolpost.cli.start import plugins_on_stderr, start
    from toolpost.cli.withheld import unknown
    from toolpost.explain import account, target
    from toolpost.tools.call import ToolCall

    host = start(config)

    def look() -> dict[str, Any] | None:
        found = target(host, name, kind)
        if found is None:
            return None
        tool, given = found
        call = ToolCall(tool, {**arguments_of(tool, words), **given}, context)
        with plugins_on_stderr():
            return account(host, config, call)

    found = looked_up(host, config, name, look)
    if found is None:
        error = _unknown(host, config, name, kind)
        raise unknown(host, name, error) if kind == "tool" else error
    return found


def _unknown(host: Host, config: Config, name: str, kind: str) -> UnknownTool:
    from toolpost.errors import UnknownTool
    from toolpost.plugins.unlisted import unlisted

    if kind == "tool" and name in config.tools.disabled:
        return UnknownTool(f"tool {name!r} is disabled; `toolpost tools enable {name}` shows it again")
    tools = (*host.tools, *(tool.name for tool in unlisted(host.registry)))
    known = {"tool": tools, "prompt": host.prompts, "resource": [item.uri for item in host.resources]}
    return UnknownTool.among(kind, name, known[kind])


def _lines(found: Mapping[str, Any], everything: bool) -> Iterator[str]:
    kind = "" if found["kind"] == "tool" else f"{found['kind']} "
    version = f" {found['version']}" if found["version"] else ""
    yield f"{kind}{found['tool']}, of plugin {found['plugin']}{version}; layers from the outside in:"
    if not found["shown"]:
        yield f"  (hidden from {one_line(found['principal'])}: a call is answered as one of an unknown name)"
    for layer in found["layers"]:
        yield from _layer(layer, everything)
    nature = ", ".join(name if value is True else f"{name} {value}" for name, value in found["nature"].items())
    end = "would be called" if found["reached"] else "would not be reached"
    yield f"  {click.style(found['tool'], bold=True)}{f' ({nature})' * bool(nature)}: {end}"


def _layer(layer: Mapping[str, Any], everything: bool) -> Iterator[str]:
    from toolpost.config.show import toml

    behind = "" if layer["reached"] or not layer["applies"] else "not reached; "
    place = f" [{layer['because']}]" if layer.get("because") else ""
    fails = "; if it fails, the call goes on" if layer.get("fails") == "open" else ""
    yield f"  {click.style(layer['name'], bold=True)}: {behind}{one_line(layer['would'])}{place}{fails}"
    for setting in layer["settings"]:
        if everything or not setting["is_default"]:
            yield f"      {setting['key']} = {one_line(toml(setting['value']))}    ({setting['origin']})"
