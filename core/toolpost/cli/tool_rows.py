"""The tools that commands list and show, those that nobody sees included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from toolpost.cli.output import one_line
from toolpost.config.load import Config
from toolpost.errors import UnknownTool
from toolpost.nearest import did_you_mean

if TYPE_CHECKING:
    from toolpost.host import Host


def host_of(config: Config) -> Host:
    """The host of a configuration, with its disabled tools."""
    from toolpost.cli.start import start

    return start(replace(config, tools=replace(config.tools, disabled=[])))


def known_of(host: Host, config: Config) -> dict[str, dict[str, Any]]:
    """What there is to say of each tool, by name."""
    from toolpost.cli.withheld import withheld
    from toolpost.server import wire

    hidden = config.tools.disabled
    return {
        name: {
            **wire.tool(tool, stateless=True),
            "plugin": host.registry.owners[name],
            "state": "disabled" if name in hidden else "enabled",
        }
        for name, tool in host.tools.items()
    } | {name: one.row for name, one in withheld(host).items()}


def one_of(config: Config, name: str, *, withheld: bool = True) -> dict[str, Any]:
    """A tool by its name, or the error; also one that is `withheld`, unless the command needs its words."""
    from toolpost.cli.opened import looked_up
    from toolpost.cli.withheld import Withheld
    from toolpost.plugins.expected import may_come

    host = host_of(config)
    known: dict[str, dict[str, Any]] = {}

    def look() -> dict[str, Any] | None:
        known.update(known_of(host, config))
        return known.get(name)

    found = looked_up(host, config, name, look)
    if found is None:
        asked = "".join(f" (plugin {plugin!r} was asked, too)" for plugin in may_come(host.registry, name))
        raise UnknownTool(f"there is no tool {name!r}{asked}; {did_you_mean(name, known)}")
    if "why" in found and not withheld:
        raise Withheld(name, found["plugin"], found["why"]).error
    return found


def write(item: Mapping[str, Any]) -> None:
    """Write down what models read about a tool, its arguments, and what it gives."""
    click.echo(f"{item['name']}  ({item['plugin']}, {item['state']})\n")
    for line in item["description"].splitlines():
        click.echo(one_line(line))
    click.echo()
    _print_arguments(item["inputSchema"])
    _print_result(item.get("outputSchema"))
    for hint, value in item.get("annotations", {}).items():
        click.echo(f"  [{hint}: {str(value).lower()}]")


def _print_arguments(schema: Mapping[str, Any]) -> None:
    from toolpost.cli.schema_told import told

    for key, field in schema.get("properties", {}).items():
        kind = one_line(told(field, schema))
        default = f", default {field['default']!r}" if "default" in field else ""
        click.echo(f"  {key}: {kind}{', required' if key in schema.get('required', ()) else default}")
        if "description" in field:
            click.echo(f"      {one_line(field['description'])}")


def _print_result(schema: Any) -> None:
    from toolpost.cli.schema_told import told_result

    if schema is not None:
        click.echo(f"  gives {one_line(told_result(schema))}")
